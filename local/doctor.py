"""`make doctor`: asks an app what is wrong with it, and prints it; exit code 1 if something is.

    make doctor                          the app that `make up` runs
    make doctor URL=https://<host> KEY=<a function or host key>

It works from outside where the app does not answer at all, or answers no more than that it lives.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from local.running import running_app
from shared.domain.addresses import is_loopback, parse_address
from shared.domain.finding import Finding, Outcome, failed, ok, warning
from shared.version import VERSION

APP, KEY, RELEASE = "app", "key", "version"
SECONDS = 90.0
"""How long the app may take: its checks are bounded by less than half of it, a cold start by 30."""

_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 200, 401, 403, 404
_SERVES_NOTHING = 503
_LOOK = (
    "Look whether it is deployed and running (portal: Overview, Functions, Log stream): an app that"
    " cannot be loaded tells why in its log. Locally: is `make up` running?"
)
_HOST_KEY = "Give a host key: `az functionapp keys list --query functionKeys.default`."
_WORDS = {
    Outcome.OK: "ok",
    Outcome.WARNING: "warning",
    Outcome.FAILED: "FAILED",
    Outcome.NOT_CHECKED: "not checked",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask, print, and give the exit code: 1 if something failed."""
    options = _parser().parse_args(arguments)
    url, key = options.url, options.key
    running = None if url else running_app()
    if running is not None:
        url, key = running.url, running.key
    findings = examine(url, key)
    _print(Console(soft_wrap=False, highlight=False), url, findings)
    return int(any(each.outcome is Outcome.FAILED for each in findings))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make doctor", description=__doc__)
    parser.add_argument("--url", default=os.environ.get("DOCTOR_URL", ""), help="the app's address")
    parser.add_argument("--key", default=os.environ.get("DOCTOR_KEY", ""), help="a key of the app")
    return parser


def examine(url: str, key: str) -> list[Finding]:
    """Ask the app at an address, with or without `/api`, and tell what came of it."""
    address = parse_address(url.rstrip("/"))
    if not url:
        told = "No address was given, and `make up` is not running."
        return [failed(APP, told, "make doctor URL=https://<host> KEY=<key>")]
    if address is None:
        return [failed(APP, "The address is none of http or https.", "URL=https://<host>")]
    if address.scheme != "https" and not is_loopback(address):
        told = "The address is not HTTPS: the key would be sent for everybody to read."
        return [failed(APP, told, "URL=https://<host>")]
    base = f"{address.scheme}://{address.netloc}{address.path.removesuffix('/api')}/api"
    with httpx.Client(
        base_url=base, timeout=SECONDS, headers={"Accept": "application/json"}
    ) as http:
        return _examine(http, key)


def _examine(http: httpx.Client, key: str) -> list[Finding]:
    try:
        health = http.get("health")
    except httpx.HTTPError as error:
        return [failed(APP, f"It does not answer: {type(error).__name__}.", _LOOK)]
    told = _object(health)
    if told is None or "version" not in told:
        told_status = f"Something answers {health.status_code} to GET health, and is not this app."
        advice = f"Compare the address, and whether this version is deployed. {_LOOK}"
        return [failed(APP, told_status, advice)]
    findings = [_alive(health.status_code), _release(str(told["version"]))]
    try:
        answer = http.get("diagnostics", headers={"x-functions-key": key} if key else {})
    except httpx.HTTPError as error:
        broke = f"It lives, and its diagnostics do not end: {type(error).__name__}."
        return [*findings, failed(KEY, broke, "Ask again; look at the app's log.")]
    report = _object(answer)
    if answer.status_code == _OK and report is not None:
        return [*findings, ok(KEY, "It is taken."), *map(_finding, report["findings"])]
    return [*findings, _refused(answer.status_code, given=bool(key))]


def _alive(status: int) -> Finding:
    if status == _SERVES_NOTHING:
        told = "It lives, and serves nothing but this: a setting is wrong."
        return warning(APP, told, "Mend what is told below; the app starts anew by itself then.")
    return ok(APP, "It answers.")


def _release(version: str) -> Finding:
    if version == VERSION:
        return ok(RELEASE, f"It is {version}, as these files are.")
    told = f"It is {version}, and these files are {VERSION}."
    return warning(RELEASE, told, "Deploy this version, or ask with the files of that one.")


def _refused(status: int, *, given: bool) -> Finding:
    if status in (_UNAUTHORIZED, _FORBIDDEN):
        told = "The key is refused." if given else "No key was given."
        return failed(KEY, f"{told} Nothing else could be looked at.", _HOST_KEY)
    told = f"The app answers {status} to GET diagnostics."
    return failed(KEY, told, "Look at the app's log; nothing else could be looked at.")


def _object(answer: httpx.Response) -> dict[str, Any] | None:
    try:
        told = answer.json()
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def _finding(told: dict[str, Any]) -> Finding:
    return Finding(told["check"], Outcome(told["outcome"]), told["detail"], told["advice"])


def _print(console: Console, url: str, findings: Sequence[Finding]) -> None:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="bold")
    table.add_column("check", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("what was seen, and what to do", overflow="fold")
    for each in findings:
        table.add_row(each.check, _WORDS[each.outcome], each.detail)
        if each.advice is not None and each.outcome is not Outcome.OK:
            table.add_row("", "", f"-> {each.advice}")
    console.print(f"{url or 'no app'}\n", markup=False)
    console.print(table, markup=False)
    count = sum(each.outcome is Outcome.FAILED for each in findings)
    console.print(f"\n{count} failed." if count else "\nNothing failed.")


if __name__ == "__main__":
    raise SystemExit(main())
