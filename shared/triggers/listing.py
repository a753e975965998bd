"""HTTP: list runs, with what a caller asks for in the query, page by page."""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

import azure.functions as func

from shared.domain.guids import read_guid
from shared.domain.idempotency import MUST_BE as KEY_MUST_BE
from shared.domain.idempotency import is_key
from shared.domain.identifiers import TAIL_LENGTH
from shared.domain.instants import from_iso_if_readable
from shared.domain.request import (
    CONNECTION_NAME_LIMIT,
    CORRELATION_ID_LIMIT,
    Fault,
    InvalidRequestError,
)
from shared.domain.run import RunStatus
from shared.domain.run.filter import RunFilter
from shared.services.reading.listing import TOP_DEFAULT, TOP_LIMIT, ListRequest
from shared.triggers.addresses import Addresses
from shared.triggers.edge import answering
from shared.triggers.provider import Provider
from shared.triggers.rendering import json_response, run_json

PARAMETERS = (
    "connectionName",
    "status",
    "workflowId",
    "correlationId",
    "createdAfter",
    "createdBefore",
    "idempotencyKey",
    "needsOperator",
    "top",
    "continuationToken",
)
_OF_THE_HOST = ("code", "clientId")
_TOKEN = "continuationToken"  # noqa: S105 - a parameter's name

Value = TypeVar("Value")


def register(functions: func.Blueprint, services: Provider, addresses: Addresses) -> None:
    """Register `GET runs`."""

    @functions.function_name("list_runs")
    @functions.route("runs", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def list_runs(req: func.HttpRequest) -> func.HttpResponse:
        listed = services().list_runs(list_request(req))
        token = None if listed.last is None else _encode(listed.last)
        asked = {name: value for name, value in req.params.items() if name in PARAMETERS}
        body = {
            "value": [run_json(run) for run in listed.runs],
            _TOKEN: token,
            "nextLink": token and addresses.link(req, "runs", asked | {_TOKEN: token}),
        }
        return json_response(200, body)


def list_request(req: func.HttpRequest) -> ListRequest:
    """Read the query; raises InvalidRequestError with all its faults."""
    reader = _Reader(req)
    after = reader.time("createdAfter")
    where = RunFilter(
        statuses=reader.statuses(),
        workflow_id=reader.value("workflowId", read_guid, "must be a GUID"),
        correlation_id=reader.text("correlationId", CORRELATION_ID_LIMIT),
        created_after=after,
        created_before=reader.time("createdBefore", after),
        needs_operator=reader.flag("needsOperator"),
    )
    request = ListRequest(
        where=where,
        connection_name=reader.text("connectionName", CONNECTION_NAME_LIMIT),
        key=reader.value("idempotencyKey", _key, KEY_MUST_BE),
        top=reader.top(),
        after=reader.value(_TOKEN, _decode, "must be a token of an earlier answer"),
    )
    if reader.faults:
        raise InvalidRequestError(*reader.faults)
    return request


class _Reader:
    """Reads parameters and collects what is wrong; a faulty one reads as None.

    The host joins the values of a parameter that is given more than once by commas, and leaves out
    one without a value (its GrpcMessageConversionExtensions): that is looked for in the address,
    since a filter that was meant and not used would show what nobody asked for.
    """

    def __init__(self, req: func.HttpRequest) -> None:
        self._params: Mapping[str, str] = req.params
        given = dict(parse_qsl(urlsplit(req.url).query, keep_blank_values=True))
        empty = [name for name, value in given.items() if not value and name in PARAMETERS]
        known = PARAMETERS + _OF_THE_HOST
        strange = [name for name in dict.fromkeys([*self._params, *given]) if name not in known]
        self.faults = [
            Fault(name[:100] or '""', "UnknownParameter", f"is not one of {', '.join(PARAMETERS)}")
            for name in strange
        ]
        self.faults += [
            Fault(name, "InvalidValue", "must not be empty: give it a value, or leave it out")
            for name in empty
        ]

    def value(self, name: str, read: Callable[[str], Value | None], must_be: str) -> Value | None:
        """Read a parameter by a function that gives None for what is no value of it."""
        text = self._params.get(name)
        value = None if text is None else read(text)
        if text is not None and value is None:
            self._fault(name, must_be)
        return value

    def text(self, name: str, longest: int) -> str | None:
        def read(text: str) -> str | None:
            return text if len(text) <= longest else None

        return self.value(name, read, f"must be at most {longest:,} characters")

    def statuses(self) -> frozenset[RunStatus]:
        names = [each.strip() for each in self._params.get("status", "").split(",")]
        if "status" not in self._params:
            return frozenset()
        if not all(name in list(RunStatus) for name in names):
            must = f"must be one or several, between commas, of {', '.join(RunStatus)}"
            self._fault("status", must)
            return frozenset()
        return frozenset(map(RunStatus, names))

    def time(self, name: str, after: int | None = None) -> int | None:
        must = "must be a time in ISO 8601 of 1970 to 9999, such as 2026-11-24T17:06:10Z"
        instant = self.value(name, from_iso_if_readable, f"{must}; + is written as %2B")
        if instant is not None and after is not None and instant <= after:
            self._fault(name, "must be later than createdAfter")
        return instant

    def flag(self, name: str) -> bool | None:
        return self.value(name, {"true": True, "false": False}.get, "must be true or false")

    def top(self) -> int:
        def read(text: str) -> int | None:
            whole = re.fullmatch(r"\d{1,4}", text, re.ASCII) is not None
            return int(text) if whole and 1 <= int(text) <= TOP_LIMIT else None

        must = f"must be a whole number from 1 to {TOP_LIMIT}"
        return self.value("top", read, must) or TOP_DEFAULT

    def _fault(self, name: str, must: str) -> None:
        self.faults.append(Fault(name, "InvalidValue", must))


def _key(text: str) -> str | None:
    return text if is_key(text) else None


def _encode(tail: str) -> str:
    return base64.urlsafe_b64encode(tail.encode()).decode().rstrip("=")


def _decode(token: str) -> str | None:
    try:
        tail = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
    except (ValueError, binascii.Error):
        return None
    return tail if len(tail) == TAIL_LENGTH and tail.isalnum() else None
