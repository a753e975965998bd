"""The request for a run: every field checked, every fault told at once, each with its field.

Fields and bounds: RunDesktopFlow's parameters (the Dataverse contract, section 5).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, TypeVar

from shared.domain.amounts import comparable_float, comparable_int, whole_number
from shared.domain.codes.answers import INVALID_REQUEST, PAYLOAD_TOO_LARGE
from shared.domain.destinations import MUST_BE, parse_destination
from shared.domain.errors import BrokerError
from shared.domain.guids import read_guid
from shared.domain.strict_json import InvalidJsonError, compact, parse

INPUTS_LIMIT_BYTES = 2 * 1024 * 1024
TIMEOUT_LIMIT_SECONDS = 86_400
RETRIES_LIMIT = 10
CONNECTION_NAME_LIMIT = 1_000
CORRELATION_ID_LIMIT = 100
_STRANGE_FIELDS_TOLD = 20
Name = TypeVar("Name", bound=StrEnum)

FIELDS = (
    "workflowId", "connectionName", "connectionType", "runMode", "runPriority", "timeout",
    "inputs", "retries", "correlationId", "notifyUrl", "validateInputs",
)  # fmt: skip


class ConnectionType(IntEnum):
    CONNECTION = 1
    REFERENCE = 2


class RunMode(StrEnum):
    ATTENDED = "attended"
    UNATTENDED = "unattended"


class RunPriority(StrEnum):
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field of a request: `code` for programs, `message` for people."""

    target: str
    code: str
    message: str


class InvalidRequestError(BrokerError):
    """The request cannot be accepted; `faults` holds every reason."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.target}: {fault.message}" for fault in faults))
        self.faults = faults
        too_large = any(fault.code == PAYLOAD_TOO_LARGE.name for fault in faults)
        self.code = PAYLOAD_TOO_LARGE if too_large else INVALID_REQUEST


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a caller asks to be run. `timeout` in seconds; `retries`: starts after the first.

    `notify_url`: where its end is told.
    """

    workflow_id: str
    connection_name: str
    run_mode: RunMode
    connection_type: ConnectionType = ConnectionType.CONNECTION
    run_priority: RunPriority | None = None
    timeout: int | None = None
    retries: int = 0
    correlation_id: str | None = None
    notify_url: str | None = None


@dataclass(frozen=True, slots=True)
class StartRequest:
    """A valid request with its inputs, as the JSON text that Dataverse is sent.

    `validate_inputs` says how to ask, not for what: it is no part of the fingerprint.
    """

    run: RunRequest
    inputs: str | None
    validate_inputs: bool = False

    @property
    def fingerprint(self) -> str:
        """Give the same digest for two requests that ask for the same (order of names aside)."""
        run = self.run
        inputs: Any = None
        if self.inputs is not None:
            inputs = json.loads(self.inputs, parse_float=comparable_float, parse_int=comparable_int)
        fields = [
            run.workflow_id,
            run.connection_name.casefold(),
            run.connection_type,
            run.run_mode,
            run.run_priority or RunPriority.NORMAL,
            run.timeout,
            run.retries,
            run.correlation_id,
            inputs,
        ]
        if run.notify_url is not None:  # added later: fingerprints of keys outlive a deployment
            fields.append(run.notify_url)
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def validate(body: Any) -> StartRequest:
    """Turn the JSON value of a request into a StartRequest; raises InvalidRequestError."""
    if not isinstance(body, dict):
        raise InvalidRequestError(Fault("body", "InvalidBody", "must be a JSON object"))
    reader = _Reader(body)
    request = RunRequest(
        workflow_id=reader.workflow_id(),
        connection_name=reader.text("connectionName", CONNECTION_NAME_LIMIT, required=True) or "",
        connection_type=ConnectionType(reader.whole("connectionType", 1, 2) or 1),
        run_mode=reader.choice("runMode", RunMode, required=True) or RunMode.ATTENDED,
        run_priority=reader.choice("runPriority", RunPriority),
        timeout=reader.whole("timeout", 1, TIMEOUT_LIMIT_SECONDS),
        retries=reader.whole("retries", 0, RETRIES_LIMIT) or 0,
        correlation_id=reader.text("correlationId", CORRELATION_ID_LIMIT),
        notify_url=reader.notify_url(),
    )
    start = StartRequest(request, reader.inputs(), reader.boolean("validateInputs"))
    reader.refuse_others()
    if reader.faults:
        raise InvalidRequestError(*reader.faults)
    return start


class _Reader:
    """Reads fields and collects what is wrong; a faulty field reads as None."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = body
        self.faults: list[Fault] = []

    def workflow_id(self) -> str:
        value = self._body.get("workflowId")
        if value is None:
            self._missing("workflowId")
        elif read_guid(value) is None:
            self._fault(
                "workflowId", "must be a GUID, such as 00000000-0000-0000-0000-000000000000"
            )
        return read_guid(value) or ""

    def text(self, name: str, longest: int, *, required: bool = False) -> str | None:
        value = self._body.get(name)
        if value is None:
            if required:
                self._missing(name)
            return None
        if (
            not isinstance(value, str)
            or not 0 < len(value) <= longest
            or value != value.strip()
            or not value.isprintable()
        ):
            self._fault(
                name,
                f"must be a string of 1 to {longest:,} printable characters"
                " that neither begins nor ends with a space",
            )
            return None
        return value

    def notify_url(self) -> str | None:
        value = self._body.get("notifyUrl")
        if value is None:
            return None
        if not isinstance(value, str) or parse_destination(value) is None:
            self._fault("notifyUrl", MUST_BE)
            return None
        return value

    def choice(self, name: str, choices: type[Name], *, required: bool = False) -> Name | None:
        value = self._body.get(name)
        if value is None:
            if required:
                self._missing(name)
            return None
        if not isinstance(value, str) or value not in list(choices):
            self._fault(name, "must be " + " or ".join(f'"{choice}"' for choice in choices))
            return None
        return choices(value)

    def boolean(self, name: str) -> bool:
        value = self._body.get(name)
        if value is not None and not isinstance(value, bool):
            self._fault(name, "must be true or false")
        return value is True

    def whole(self, name: str, least: int, most: int) -> int | None:
        value = self._body.get(name)
        if value is None:
            return None
        whole = whole_number(value, least, most)
        if whole is None:
            self._fault(name, f"must be a whole number from {least:,} to {most:,}")
        return whole

    def inputs(self) -> str | None:
        value = self._body.get("inputs")
        if value is None:
            return None
        try:
            # A byte order mark that came along with a file is no part of JSON.
            text = value.removeprefix("\ufeff") if isinstance(value, str) else compact(value)
            given = parse(text.encode()) if isinstance(value, str) else value
            size = len(text.encode())
        except (InvalidJsonError, UnicodeEncodeError) as error:
            self._fault("inputs", f"must be a JSON object, or a string that holds one: {error}")
            return None
        if not isinstance(given, dict):
            self._fault("inputs", "must be a JSON object, or a string that holds one")
            return None
        if size > INPUTS_LIMIT_BYTES:
            message = f"must be at most {INPUTS_LIMIT_BYTES:,} bytes of JSON; these are {size:,}"
            self.faults.append(Fault("inputs", "PayloadTooLarge", message))
            return None
        return text

    def refuse_others(self) -> None:
        if "callbackUrl" in self._body:
            self._fault("callbackUrl", "cannot be set: the callback URL is the broker's own")
        strange = [name for name in self._body if name not in (*FIELDS, "callbackUrl")]
        message = f"is not a field of a run; these are: {', '.join(FIELDS)}"
        self.faults.extend(
            Fault(name[:100] or '""', "UnknownField", message)
            for name in strange[:_STRANGE_FIELDS_TOLD]
        )

    def _missing(self, name: str) -> None:
        self.faults.append(Fault(name, "MissingField", "is required"))

    def _fault(self, name: str, message: str) -> None:
        self.faults.append(Fault(name, "InvalidValue", message))
