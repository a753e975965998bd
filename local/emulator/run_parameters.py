"""RunDesktopFlow's parameters, checked one by one (the Dataverse contract, section 5)."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from local.emulator.catalogue import BY_CONNECTION, BY_REFERENCE
from local.emulator.errors import BAD_ACTION, WebApiError, bad_payload
from local.emulator.flow_session import RUN_MODES
from local.emulator.json_answer import encoded

TYPES: dict[str, type] = {
    "runMode": str,
    "connectionName": str,
    "connectionType": int,
    "runPriority": str,
    "timeout": int,
    "inputs": str,
    "callbackUrl": str,
}
REQUIRED = ("runMode", "connectionName")
PRIORITIES = ("normal", "high")
DEFAULT_TIMEOUT, LONGEST_TIMEOUT = 10_800, 86_400
LARGEST_INPUTS = 2 * 1024 * 1024
LONGEST_CALLBACK_URL = 2000
NEVER_RESOLVES = ".invalid"  # RFC 2606


@dataclass(frozen=True)
class RunParameters:
    run_mode: str
    connection_name: str
    connection_type: int
    run_priority: str
    timeout: int
    inputs: str | None
    callback_url: str | None


def read_parameters(
    body: bytes, *, require_https: bool, refuse_unresolvable: bool
) -> RunParameters:
    """Read the action's body; 400 names the parameter that is wrong."""
    given = _typed(body)
    run_mode = given["runMode"].lower()
    _check(run_mode in RUN_MODES, "runMode", f"must be one of {', '.join(RUN_MODES)}")
    _check(bool(given["connectionName"].strip()), "connectionName", "must not be empty")
    connection_type = given.get("connectionType", BY_CONNECTION)
    _check(connection_type in (BY_CONNECTION, BY_REFERENCE), "connectionType", "must be 1 or 2")
    priority = given.get("runPriority", "normal").lower()
    _check(priority in PRIORITIES, "runPriority", f"must be one of {', '.join(PRIORITIES)}")
    timeout = given.get("timeout", DEFAULT_TIMEOUT)
    _check(1 <= timeout <= LONGEST_TIMEOUT, "timeout", f"must be from 1 to {LONGEST_TIMEOUT}")
    return RunParameters(
        run_mode=run_mode,
        connection_name=given["connectionName"],
        connection_type=connection_type,
        run_priority=priority,
        timeout=timeout,
        inputs=_inputs(given.get("inputs")),
        callback_url=_callback_url(
            given.get("callbackUrl"),
            require_https=require_https,
            refuse_unresolvable=refuse_unresolvable,
        ),
    )


def _typed(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_payload("Error identified in Payload: it is not JSON") from None
    if not isinstance(given, dict):
        raise bad_payload("Error identified in Payload: a JSON object is expected")
    for name, value in given.items():
        if name not in TYPES:
            raise bad_payload(f"The parameter '{name}' is not a parameter of RunDesktopFlow")
        if value is not None and type(value) is not TYPES[name]:
            raise bad_payload(f"The parameter '{name}' must be of type {TYPES[name].__name__}")
    present = {name: value for name, value in given.items() if value is not None}
    for name in REQUIRED:
        if name not in present:
            raise bad_payload(f"The parameter '{name}' is required")
    return present


def _inputs(text: str | None) -> str | None:
    if text is None:
        return None
    _check(len(encoded(text)) <= LARGEST_INPUTS, "inputs", "must not exceed 2 MB")
    try:
        # Numbers are the robot's business, however many digits they have.
        value = json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        value = None
    _check(isinstance(value, dict), "inputs", "must be a string that holds a JSON object")
    return text


def _callback_url(url: str | None, *, require_https: bool, refuse_unresolvable: bool) -> str | None:
    if url is None:
        return None
    _check(len(url) <= LONGEST_CALLBACK_URL, "callbackUrl", "must not exceed 2,000 characters")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    named = parts.scheme in ("http", "https") and bool(parts.hostname)
    _check(named, "callbackUrl", "must be an absolute URL")
    if require_https:
        _check(parts.scheme == "https", "callbackUrl", "must use HTTPS")
        _check(_is_dns_name(parts.hostname or ""), "callbackUrl", "must have a DNS name")
    if refuse_unresolvable:
        host = (parts.hostname or "").rstrip(".")
        _check(not host.endswith(NEVER_RESOLVES), "callbackUrl", "must have a name that resolves")
    return url


def _is_dns_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host.strip(".") and host != "localhost"
    return False


def _check(fine: bool, name: str, demand: str) -> None:
    if not fine:
        raise WebApiError(400, BAD_ACTION, f"The parameter '{name}' {demand}")
