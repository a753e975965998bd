"""`make up`: Azurite, the Dataverse emulator and the app, running until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from local import showing
from local.emulator.catalogue import FINANCE_CONNECTION, FINANCE_REFERENCE, HR_CONNECTION, WORKFLOWS
from local.parts import Azurite, Emulator, FuncHost, FunctionHost, Part, host_for, settings_for
from local.parts.function_host import free_port
from local.parts.process import REPOSITORY
from local.reporting import CommandFailedError, reporting
from local.running import told_where

LOOK_SECONDS = 0.5
HEALTH_SECONDS = 120
LOG_TAIL_CHARACTERS = 3000
KEPT = REPOSITORY / ".local" / "kept"
SAMPLE = REPOSITORY / "local.settings.sample.json"
OWN = frozenset({"AzureWebJobsStorage", "RUN_STORAGE", "DATAVERSE_URL", "FUNCTIONS_WORKER_RUNTIME"})
"""Settings that name the parts which this command starts."""


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    console = Console(soft_wrap=True, highlight=False)
    settings = _settings(options)
    shown = showing.EMULATOR if options.demo else {}
    console.print("Starting Azurite, the Dataverse emulator and the function host ...")
    with (
        reporting(console, interrupted=0),  # the way to end this command
        Azurite(kept=KEPT if options.keep else None) as azurite,
        Emulator(port=_kept_port() if options.keep else 0, **shown) as emulator,
        host_for(
            settings_for(azurite, emulator, **settings),
            port=options.port,
            function_key=options.key,
        ) as host,
        told_where(host.url, host.function_key),
    ):
        _check_settings(host)
        runs = showing.Showing(azurite, emulator, host) if options.demo else None
        if runs is not None:
            console.print("Starting runs to look at, in every state ...")
            runs.begin()
        _tell(console, azurite, emulator, host, keep=options.keep)
        parts: tuple[Part, ...] = (azurite, emulator, host)
        while all(part.running for part in parts):
            time.sleep(LOOK_SECONDS)
            if runs is not None:
                runs.go_on()
        ended = next(part for part in parts if not part.running)
        log = ended.log()[-LOG_TAIL_CHARACTERS:]
        raise CommandFailedError(f"The {ended.name} ended with code {ended.exit_code}", log)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make up ARGS=...", description=__doc__)
    parser.add_argument("--settings", type=Path, help="a file like local.settings.sample.json")
    parser.add_argument("--port", type=int, default=0, help="the app's port; any, if not given")
    parser.add_argument("--key", help="the function key; a new one, if not given")
    parser.add_argument("--keep", action="store_true", help="keep tables and queues for next time")
    parser.add_argument("--demo", action="store_true", help="with runs to look at, in every state")
    return parser.parse_args(arguments)


def _settings(options: argparse.Namespace) -> dict[str, str]:
    """Read the app's settings from a file, and over those from the environment."""
    known: dict[str, Any] = json.loads(SAMPLE.read_text())["Values"]
    given: dict[str, str] = {}
    if options.settings is not None:
        try:
            read = json.loads(options.settings.read_text())
        except (OSError, ValueError) as error:
            raise SystemExit(f"{options.settings} cannot be read: {error}") from error
        values = read.get("Values", read) if isinstance(read, dict) else {}
        given |= {name: str(value) for name, value in values.items()}
    given |= {name: os.environ[name] for name in known if name in os.environ}
    if options.keep:
        given.setdefault("CALLBACK_SIGNING_KEY", _kept_key())
    if options.demo:
        given = showing.SETTINGS | given
    return {name: value for name, value in given.items() if name not in OWN and value}


def _check_settings(host: FuncHost | FunctionHost) -> None:
    """End where the app serves nothing, as a setting is wrong: its log names it."""
    health = httpx.get(f"{host.url}/api/health", timeout=HEALTH_SECONDS, trust_env=False)
    if not health.is_success:
        raise CommandFailedError("The app serves nothing", host.log()[-LOG_TAIL_CHARACTERS:])


def _kept_key() -> str:
    """Give the key that earlier runs were signed with: what is kept is followed under it."""
    return _kept("callback-signing-key", lambda: secrets.token_urlsafe(32))


def _kept_port() -> int:
    """Give the port that Dataverse had before: lanes are named after its host and port."""
    return int(_kept("dataverse-port", lambda: str(free_port())))


def _kept(name: str, new: Callable[[], str]) -> str:
    KEPT.mkdir(parents=True, exist_ok=True)
    file = KEPT / name
    if not file.exists():
        file.write_text(new())
    return file.read_text()


def _tell(
    console: Console,
    azurite: Azurite,
    emulator: Emulator,
    host: FuncHost | FunctionHost,
    *,
    keep: bool,
) -> None:
    flows = "\n".join(f"             {flow.id}  {flow.name}" for flow in WORKFLOWS.values())
    first = next(iter(WORKFLOWS.values()))
    body = {
        "workflowId": first.id,
        "connectionName": FINANCE_CONNECTION,
        "runMode": "unattended",
        "inputs": {"InvoiceNumber": "2026-0001", "Amount": 119.0},
    }
    key = f" -H 'x-functions-key: {host.function_key}'" if host.function_key else ""
    forgets = (
        f"its runs stay in {KEPT.relative_to(REPOSITORY)}" if keep else "every run is forgotten"
    )
    console.print(f"""
  console    {host.url}/api/console     (in a browser; it asks for the function key)
  app        {host.url}/api     (function key: {host.function_key or "none asked for"})
  Dataverse  {emulator.url}     (what it saw: {emulator.url}/_emulator/state)
  tables     {azurite.table_url}
  queues     {azurite.queue_url}
             {azurite.connection_string}
  logs       {host.log_path}
  flows
{flows}
  connections {FINANCE_CONNECTION}, {HR_CONNECTION}; reference {FINANCE_REFERENCE}

Start a run; sent again with the same key it is the same run:

  curl -i {host.url}/api/runs{key} -H 'Content-Type: application/json' \\
    -H 'Idempotency-Key: invoice-2026-0001' \\
    -d '{json.dumps(body)}'

See what can be run, and the runs:

  curl -s {host.url}/api/flows{key}
  curl -s {host.url}/api/runs{key}

See whether all is well: make doctor

Ctrl-C stops everything, and {forgets}. Settings: `make up ARGS=--help`.
""")


if __name__ == "__main__":
    main()
