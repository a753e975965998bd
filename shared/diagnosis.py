"""The doctor: puts all checks together with Azure's parts, and makes them beside each other.

It is imported when somebody asks, and makes parts of its own: a token is asked for anew, and what
it finds does not hang on what the services have open.
"""

import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

from shared import composition
from shared.dataverse.client import DataverseClient
from shared.dataverse.identity import IdentityClient
from shared.domain.finding import Finding, not_checked, worst
from shared.http.plain_get import PlainAnswer, plain_get
from shared.invocation import carried
from shared.runtime import SystemClock
from shared.services.diagnosing import (
    call_back_check,
    callback_check,
    clock_check,
    dataverse_checks,
    host_json_check,
    package_checks,
    settings_check,
    storage_checks,
)
from shared.services.diagnosing.line import Checks, Line
from shared.settings import Reading
from shared.storage.index_lists import IndexLists
from shared.storage.message_queue import MessageQueue
from shared.telemetry import event

SECONDS = 40.0
"""How long all checks together may take; each has bounds of its own within."""
GET_SECONDS = 8.0

ROOT = Path(__file__).resolve().parents[1]
"""Where the app was deployed to: function_app.py, host.json, requirements.txt."""


def diagnose(reading: Reading, environ: Mapping[str, str]) -> tuple[int, tuple[Finding, ...]]:
    """Make all checks, within SECONDS; give when it was (ms), and what each has come to."""
    lines = _lines(reading, environ)
    pool = ThreadPoolExecutor(len(lines), thread_name_prefix="doctor")
    tasks = [pool.submit(carried(line.work)) for line in lines]
    wait(tasks, timeout=SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)
    findings = tuple(
        finding
        for line, task in zip(lines, tasks, strict=True)
        for finding in line.findings(ended=task.done(), seconds=SECONDS)
    )
    event("app.diagnosed", outcome=worst(findings).value)
    return SystemClock().now(), findings


def _lines(reading: Reading, environ: Mapping[str, str]) -> list[Line]:
    """List all checks, in the order in which they are told."""
    return [
        *_of_settings(reading, environ),
        *_of_dataverse(reading),
        *_of_storage(reading),
        _line(clock_check.STORAGE_CLOCK, partial(_storage_clock, reading)),
        _line(clock_check.DATAVERSE_CLOCK, partial(_dataverse_clock, reading)),
        *_of_what_was_deployed(environ),
    ]


def _line(name: str, checks: Checks) -> Line:
    return Line((name,), checks)


def _of_settings(reading: Reading, environ: Mapping[str, str]) -> Iterator[Line]:
    check, key = settings_check.check_settings, settings_check.check_signing_key
    yield _line(settings_check.SETTINGS, partial(check, reading, environ))
    yield _line(settings_check.SIGNING_KEY, partial(key, reading, environ))
    address = partial(callback_check.check_callback_address, reading, _get)
    yield _line(callback_check.CALLBACK_ADDRESS, address)


def _of_dataverse(reading: Reading) -> Iterator[Line]:
    def identity() -> IdentityClient:
        return IdentityClient(composition.open_web_api(reading.settings))

    chain = partial(dataverse_checks.check_dataverse, reading, identity)
    yield Line(dataverse_checks.DATAVERSE_CHECKS, chain)
    again = partial(call_back_check.check_call_back, reading, partial(_call_back, reading))
    yield _line(call_back_check.CALLBACK, again)


def _of_storage(reading: Reading) -> Iterator[Line]:
    opened = partial(composition.open_table, reading.settings)
    yield _line(storage_checks.TABLE, partial(storage_checks.check_table, reading, opened))
    for name in _queues(reading):
        yield _queue_line(name, reading)


def _of_what_was_deployed(environ: Mapping[str, str]) -> Iterator[Line]:
    version, pins = sys.version_info[:3], _text("requirements.txt")
    packages = partial(package_checks.check_packages, pins, version[:2], _installed)
    host_json = partial(host_json_check.check_host_json, _text("host.json"), environ)
    yield _line(package_checks.PYTHON, partial(package_checks.check_python, version))
    yield _line(package_checks.PACKAGES, packages)
    yield _line(host_json_check.HOST_JSON, host_json)


def _queues(reading: Reading) -> tuple[str, ...]:
    names = reading.settings.queues
    return names.requests, names.rejections, names.wake_ups, names.events, names.notifications


def _queue_line(name: str, reading: Reading) -> Line:
    def queue() -> MessageQueue:
        return MessageQueue(composition.open_queue(reading.settings, name))

    checks = partial(storage_checks.check_queue, name, reading, queue)
    return Line((storage_checks.queue_check(name),), checks)


def _call_back(reading: Reading) -> call_back_check.CallBack:
    settings = reading.settings
    api = composition.open_web_api(settings)
    lists = IndexLists(composition.open_table(settings), settings.environment)
    return call_back_check.CallBack(lists, DataverseClient(api), IdentityClient(api))


def _storage_clock(reading: Reading) -> Iterator[Finding]:
    if reading.faults_of("RUN_STORAGE"):
        return _nowhere(clock_check.STORAGE_CLOCK)
    return _clock(
        clock_check.STORAGE_CLOCK, composition.open_table(reading.settings).address, reading
    )


def _dataverse_clock(reading: Reading) -> Iterator[Finding]:
    if reading.faults_of("DATAVERSE_URL"):
        return _nowhere(clock_check.DATAVERSE_CLOCK)
    address = f"{reading.settings.dataverse_url}/api/data/v9.2/"
    return _clock(clock_check.DATAVERSE_CLOCK, address, reading)


def _clock(check: str, address: str, reading: Reading) -> Iterator[Finding]:
    plain = (
        urlsplit(address)._replace(query="").geturl()
    )  # a connection string may hold a signature
    return clock_check.check_clock(check, plain, _get, reading.settings.pace.margin)


def _get(url: str) -> PlainAnswer:
    return plain_get(url, GET_SECONDS)


def _nowhere(check: str) -> Iterator[Finding]:
    yield not_checked(check, "Its address is not set as it must be; see “settings”.")


def _text(name: str) -> str | None:
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
