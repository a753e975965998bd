"""The request for a run: every field checked, every fault told at once, each with its field.

Fields and bounds: RunDesktopFlow's parameters (the Dataverse contract, section 5).
"""

import hashlib
import json
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from shared.domain.amounts import comparable_float, comparable_int
from shared.domain.caller_ids import NO_IDS, CallerIds
from shared.domain.fields import Body, Field, Read, Visibility
from shared.domain.kinds import (
    INPUTS_LIMIT_BYTES,
    Address,
    Choice,
    Flag,
    Guid,
    Inputs,
    Line,
    Number,
    Whole,
)

TIMEOUT_LIMIT_SECONDS = 86_400
RETRIES_LIMIT = 10
CONNECTION_NAME_LIMIT = 1_000
CORRELATION_ID_LIMIT = 100


class ConnectionType(IntEnum):
    CONNECTION = 1
    REFERENCE = 2


class RunMode(StrEnum):
    ATTENDED = "attended"
    UNATTENDED = "unattended"


class RunPriority(StrEnum):
    NORMAL = "normal"
    HIGH = "high"


START = Body(
    "StartRequest",
    "a run",
    (
        Field(
            "workflowId",
            Guid(),
            "Desktop Flow",
            "The desktop flow to run, by the id of its row in Dataverse (table workflow).",
            "f091ffab-58bb-4630-a115-659453d56f59",
            required=True,
            visibility=Visibility.IMPORTANT,
        ),
        Field(
            "connectionName",
            Line(CONNECTION_NAME_LIMIT),
            "Connection",
            "The connection to run it on: the name of a desktop-flow connection, or the logical"
            " name of a connection reference, as connectionType says.",
            "shared-uiflow-4711",
            required=True,
            visibility=Visibility.IMPORTANT,
        ),
        Field(
            "connectionType",
            Number(ConnectionType),
            "Connection Type",
            "What connectionName names: 1 a connection, 2 a connection reference, whose connection"
            " is looked up when the run is accepted, and kept.",
            1,
            default=ConnectionType.CONNECTION,
            visibility=Visibility.ADVANCED,
        ),
        Field(
            "runMode",
            Choice(RunMode),
            "Run Mode",
            "Whether somebody is signed in at the machine (attended) or nobody is (unattended).",
            "unattended",
            required=True,
            visibility=Visibility.IMPORTANT,
        ),
        Field(
            "runPriority",
            Choice(RunPriority),
            "Priority",
            "A run of high priority goes before those that began to wait up to ten minutes before"
            " it, here and in the machine's own queue.",
            "normal",
            visibility=Visibility.ADVANCED,
        ),
        Field(
            "timeout",
            Whole(1, TIMEOUT_LIMIT_SECONDS),
            "Timeout",
            "How many seconds the robot may work; Dataverse ends the run after that.",
            3_600,
            visibility=Visibility.ADVANCED,
        ),
        Field(
            "inputs",
            Inputs(),
            "Inputs",
            "The desktop flow's inputs by their names, as a JSON object or as a string that holds"
            f" one; at most {INPUTS_LIMIT_BYTES:,} bytes. Numbers keep their digits.",
            {"Invoice": "4711", "Amount": 119.5},
        ),
        Field(
            "retries",
            Whole(0, RETRIES_LIMIT),
            "Retries",
            "How often a run that ended before its robot started is started again.",
            0,
            default=0,
            visibility=Visibility.ADVANCED,
        ),
        Field(
            "correlationId",
            Line(CORRELATION_ID_LIMIT),
            "Correlation Id",
            "What the caller knows the run by, such as an order's number; runs are found by it.",
            "order-4711",
        ),
        Field(
            "notifyUrl",
            Address(),
            "Notification Address",
            "Where the run's end is POSTed to, signed: an https address with a public name.",
            "https://erp.example.org/hooks/desktop-flows",
            visibility=Visibility.ADVANCED,
        ),
        Field(
            "validateInputs",
            Flag(),
            "Check Inputs",
            "True: inputs that do not fit the desktop flow's schema are refused, each with what is"
            " wrong with it, rather than left to the robot.",
            True,
            default=False,
            visibility=Visibility.ADVANCED,
        ),
    ),
    refused={"callbackUrl": "cannot be set: the callback URL is the broker's own"},
)
FIELDS = START.names


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

    `validate_inputs` says how to ask, not for what, and `caller` who asks: they are no part of the
    fingerprint.
    """

    run: RunRequest
    inputs: str | None
    validate_inputs: bool = False
    caller: CallerIds = NO_IDS

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
    read = START.read(body)
    read.check()
    return start_of(read)


def start_of(read: Read) -> StartRequest:
    """Make a StartRequest of fields that have no fault: a start's own, or those and others."""
    request = RunRequest(
        workflow_id=read["workflowId"],
        connection_name=read["connectionName"],
        connection_type=read["connectionType"],
        run_mode=read["runMode"],
        run_priority=read["runPriority"],
        timeout=read["timeout"],
        retries=read["retries"],
        correlation_id=read["correlationId"],
        notify_url=read["notifyUrl"],
    )
    return StartRequest(request, read["inputs"], read["validateInputs"])
