"""`make up`: Azurite, the Dataverse emulator and the app, running until Ctrl-C."""

from __future__ import annotations

import json
import time

from rich.console import Console

from local.emulator.catalogue import FINANCE_CONNECTION, POST_INVOICE
from local.parts import Azurite, Emulator, FuncHost, FunctionHost, Part, host_for, settings_for
from local.reporting import CommandFailedError, reporting

LOOK_SECONDS = 0.5
LOG_TAIL_CHARACTERS = 3000


def main() -> None:
    console = Console(soft_wrap=True, highlight=False)
    console.print("Starting Azurite, the Dataverse emulator and the function host ...")
    with (
        reporting(console, interrupted=0),  # the way to end this command
        Azurite() as azurite,
        Emulator() as emulator,
        host_for(settings_for(azurite, emulator)) as host,
    ):
        _tell(console, azurite, emulator, host)
        parts: tuple[Part, ...] = (azurite, emulator, host)
        while all(part.running for part in parts):
            time.sleep(LOOK_SECONDS)
        ended = next(part for part in parts if not part.running)
        log = ended.log()[-LOG_TAIL_CHARACTERS:]
        raise CommandFailedError(f"The {ended.name} ended with code {ended.exit_code}", log)


def _tell(
    console: Console, azurite: Azurite, emulator: Emulator, host: FuncHost | FunctionHost
) -> None:
    body = {
        "workflowId": POST_INVOICE.id,
        "connectionName": FINANCE_CONNECTION,
        "runMode": "unattended",
        "inputs": {"InvoiceNumber": "2026-0001", "Amount": 119.0},
    }
    key = f" -H 'x-functions-key: {host.function_key}'" if host.function_key else ""
    console.print(f"""
  app        {host.url}/api     (function key: {host.function_key or "none asked for"})
  Dataverse  {emulator.url}     (what it saw: {emulator.url}/_emulator/state)
  tables     {azurite.table_url}
  queues     {azurite.queue_url}
  logs       {host.log_path}

Start a run:

  curl -i {host.url}/api/runs{key} -H 'Content-Type: application/json' \\
    -d '{json.dumps(body)}'

List the runs:

  curl -s {host.url}/api/runs{key}

Ctrl-C stops everything.
""")


if __name__ == "__main__":
    main()
