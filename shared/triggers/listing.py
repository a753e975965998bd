"""HTTP: list runs, with what a caller asks for in the query, page by page."""

from urllib.parse import parse_qsl, urlsplit

import azure.functions as func

from shared.domain.faults import Fault
from shared.domain.identifiers import TAIL_LENGTH
from shared.domain.page_tokens import place_of_token, token_of
from shared.domain.queries import LIST_RUNS
from shared.domain.run.filter import RunFilter
from shared.services.reading.listing import ListRequest
from shared.triggers.addresses import Addresses
from shared.triggers.edge import answering
from shared.triggers.provider import Provider
from shared.triggers.rendering import json_response, run_json

_TOKEN = "continuationToken"  # noqa: S105 - a parameter's name


def register(functions: func.Blueprint, services: Provider, addresses: Addresses) -> None:
    """Register `GET runs`."""

    @functions.function_name("list_runs")
    @functions.route("runs", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def list_runs(req: func.HttpRequest) -> func.HttpResponse:
        listed = services().list_runs(list_request(req))
        token = None if listed.last is None else token_of(listed.last)
        asked = {name: value for name, value in req.params.items() if name in LIST_RUNS.names}
        body = {
            "value": [run_json(run) for run in listed.runs],
            _TOKEN: token,
            "nextLink": token and addresses.link(req, "runs", asked | {_TOKEN: token}),
        }
        return json_response(200, body)


def list_request(req: func.HttpRequest) -> ListRequest:
    """Read the query; raises InvalidRequestError with all its faults."""
    read = LIST_RUNS.read(req.params, written(req))
    after, before = read["createdAfter"], read["createdBefore"]
    if None not in (after, before) and before <= after:
        read.faults.append(
            Fault("createdBefore", "InvalidValue", "must be later than createdAfter")
        )
    token = read[_TOKEN]
    tail = None if token is None else _tail(token)
    if token is not None and tail is None:
        read.faults.append(Fault(_TOKEN, "InvalidValue", "must be what an earlier answer gave"))
    read.check()
    where = RunFilter(
        statuses=frozenset(read["status"] or ()),
        workflow_id=read["workflowId"],
        correlation_id=read["correlationId"],
        created_after=after,
        created_before=before,
        needs_operator=read["needsOperator"],
    )
    return ListRequest(
        where=where,
        connection_name=read["connectionName"],
        key=read["idempotencyKey"],
        search=read["search"],
        top=read["top"],
        after=tail,
    )


def written(req: func.HttpRequest) -> dict[str, str]:
    """Give the query as the address says it, with what has no value."""
    return dict(parse_qsl(urlsplit(req.url).query, keep_blank_values=True))


def _tail(token: str) -> str | None:
    """Read the tail of the run that a token goes on after."""
    tail = place_of_token(token) or ""
    return tail if len(tail) == TAIL_LENGTH and tail.isascii() and tail.isalnum() else None
