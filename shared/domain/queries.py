"""The queries of calls: the parameters that each takes, declared as the fields of bodies are.

The host gives a parameter as one text: it joins the values of one that is given more than once by
commas, and leaves out one without a value (its GrpcMessageConversionExtensions).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.faults import Fault
from shared.domain.fields import Field, Read, read_field
from shared.domain.kinds import Flag, Guid, Key, Kind, Line, Moment, Number, Token, Whole, Words
from shared.domain.list_kinds import Several
from shared.domain.request import CONNECTION_NAME_LIMIT, CORRELATION_ID_LIMIT, ConnectionType
from shared.domain.run.status import RunStatus

TOP_DEFAULT = 50
FLOWS_TOP_DEFAULT = 100
TOP_LIMIT = 500
SEARCH_LIMIT = 100
RUN_SEARCH_LIMIT = 255
"""As long as an idempotency key may be."""

WAIT_LIMIT_SECONDS = 60
"""Half of what engines give a call: a wait must not end as their time-out."""

_PLAIN = re.compile(r"0|[1-9]\d{0,5}", re.ASCII)
_UNENCODED = re.compile(r" (\d{2}:\d{2})$", re.ASCII)
_SWITCH = {"true": True, "false": False}
_OF_THE_HOST = ("code", "clientId")
_NAME_TOLD = 100


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a call, all of them optional."""

    fields: tuple[Field, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    def read(self, params: Mapping[str, str], written: Mapping[str, str]) -> Read:
        """Read the parameters that the host gives; what is wrong is kept, as of a body's fields.

        `written`: all that the address says. What has no value there is wrong, too: a filter that
        was meant and not used would show what nobody asked for.
        """
        known = ", ".join(self.names)
        faults = [
            Fault(name[:_NAME_TOLD] or '""', "UnknownParameter", f"is not one of {known}")
            for name in dict.fromkeys([*params, *written])
            if name not in self.names + _OF_THE_HOST
        ]
        faults += [
            Fault(name, "InvalidValue", "must not be empty: give it a value, or leave it out")
            for name, text in written.items()
            if not text and name in self.names
        ]
        values = {
            field.name: read_field(field, _value(field.kind, params.get(field.name)), faults)
            for field in self.fields
        }
        return Read(values, faults)


def _value(kind: Kind, text: str | None) -> Any:
    """Give the JSON value that a text stands for, where its kind is not one of texts."""
    if text is None:
        return None
    match kind:
        case Several():
            return [each.strip() for each in text.split(",")]
        case Flag() if text.lower() in _SWITCH:  # Power Platform and Python write True
            return _SWITCH[text.lower()]
        case Moment():  # a plus that was not encoded has come as a blank
            return _UNENCODED.sub(r"+\1", text)
        case Whole() | Number() if _PLAIN.fullmatch(text):
            return json.loads(text)
    return text


LIST_RUNS = Query(
    (
        Field(
            "status",
            Several((*RunStatus,)),
            "Status",
            "Only runs in this state, or in one of several between commas.",
            ("Queued", "Running"),
        ),
        Field(
            "connectionName",
            Line(CONNECTION_NAME_LIMIT),
            "Connection",
            "Only runs of this connection, or of this connection reference.",
            "shared-uiflow-4711",
        ),
        Field(
            "workflowId",
            Guid("must be a GUID"),
            "Desktop Flow",
            "Only runs of this desktop flow.",
            "f091ffab-58bb-4630-a115-659453d56f59",
        ),
        Field(
            "correlationId",
            Line(CORRELATION_ID_LIMIT),
            "Correlation Id",
            "Only runs that were started with this.",
            "order-4711",
        ),
        Field(
            "createdAfter",
            Moment(),
            "Created After",
            "Only runs that were accepted later.",
            "2026-11-24T17:06:10Z",
        ),
        Field(
            "createdBefore",
            Moment(),
            "Created Before",
            "Only runs that were accepted earlier.",
            "2026-11-25T00:00:00Z",
        ),
        Field(
            "idempotencyKey",
            Key(),
            "Idempotency Key",
            "Only the run that was started under this key.",
            "invoice-4711",
        ),
        Field(
            "search",
            Line(RUN_SEARCH_LIMIT),
            "Search",
            "Only runs whose run id, flow session id, correlation id or idempotency key this is.",
            "order-4711",
        ),
        Field(
            "needsOperator",
            Flag(),
            "Needs Operator",
            "Only runs that somebody has to decide about, or only the others.",
            example=True,
        ),
        Field(
            "top",
            Whole(1, TOP_LIMIT),
            "Page Size",
            "How many runs at most; a page may be shorter, and have others behind it.",
            100,
            default=TOP_DEFAULT,
        ),
        Field(
            "continuationToken",
            Token(100),
            "Continuation",
            "What the page before was answered with.",
            "dnVibm9ua20xZjBzNDBpMmdiMWc2Z3Mzb2c",
        ),
    )
)
_TOP = Whole(1, TOP_LIMIT)
_NEXT = Field(
    "continuationToken",
    Token(2_000),
    "Continuation",
    "What the page before was answered with.",
    "dnVibm9ua20xZjBzNDBpMmdiMWc2Z3Mzb2c",
)
LIST_FLOWS = Query(
    (
        Field(
            "search",
            Words(SEARCH_LIMIT),
            "Search",
            "Only flows whose names hold this text, in either case.",
            "invoice",
        ),
        Field(
            "drafts",
            Flag(),
            "Drafts",
            "Whether to list those, too, that are not published.",
            example=True,
            default=False,
        ),
        Field(
            "top",
            _TOP,
            "Page Size",
            "How many flows at most.",
            100,
            default=FLOWS_TOP_DEFAULT,
        ),
        _NEXT,
    )
)
LIST_CONNECTIONS = Query(
    (
        Field(
            "connectionType",
            Number(ConnectionType),
            "Connection Type",
            "Only these: 1 connections, 2 connection references.",
            2,
        ),
        Field(
            "all",
            Flag(),
            "All",
            "Whether to list references of other connectors, too, which no run can use.",
            example=True,
            default=False,
        ),
    )
)
GET_OUTPUTS = Query(
    (
        Field(
            "workflowId",
            Guid("must be a GUID"),
            "Desktop Flow",
            "The desktop flow that the run should be of, whose outputs forms then show; a run of"
            " another is refused.",
            "f091ffab-58bb-4630-a115-659453d56f59",
        ),
    )
)
GET_RUN = Query(
    (
        Field(
            "wait",
            Whole(0, WAIT_LIMIT_SECONDS),
            "Wait",
            "How many seconds to wait for the run to change before it is answered as it is.",
            30,
            default=0,
        ),
    )
)
