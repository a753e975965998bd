"""A request to the Web API, and the rows that answer it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from local.emulator.behaviour import Behaviour
from local.emulator.json_answer import JsonAnswer
from local.emulator.query import (
    Query,
    Table,
    asked_page_size,
    page,
    read_query,
    selected,
    sorted_rows,
)

PREFIX = "/api/data/v9.2/"


@dataclass(frozen=True)
class Call:
    """A request to the Web API; `ids` are those in its path."""

    request: Request
    arrived_ms: int
    ids: tuple[str, ...]

    @property
    def base(self) -> str:
        """The Web API's address, as the caller reached it."""
        return f"{origin(self.request)}{PREFIX.rstrip('/')}"

    def one(self, table: Table, row: dict[str, Any]) -> Response:
        """Answer with a row's chosen columns."""
        query = read_query(self.request.url.query, table)
        context = f"{self.base}/$metadata#{table.entity_set}/$entity"
        return JsonAnswer({"@odata.context": context} | selected(row, query, table))

    def filtered(
        self, table: Table, rows: list[dict[str, Any]], *, behaviour: Behaviour
    ) -> Response:
        """Answer with a page of the rows that fulfil the call's `$filter`."""
        query = read_query(self.request.url.query, table)
        if query.condition is not None:
            rows = [row for row in rows if query.condition.holds(row)]
        return self.many(table, rows, query=query, behaviour=behaviour)

    def many(
        self, table: Table, rows: list[dict[str, Any]], *, query: Query, behaviour: Behaviour
    ) -> Response:
        """Answer with a page of these rows, as a query wants them.

        A page size that is asked for makes Dataverse overlook `$top`.
        """
        text, largest = self.request.url.query, behaviour.largest_page
        asked = asked_page_size(self.request.headers.get("prefer"))
        honoured = asked is not None and behaviour.page_size_honoured
        if honoured:
            query = replace(query, top=None)
        size = max(1, min(asked or largest, largest)) if honoured else largest
        ordered = sorted_rows(rows, query, table)
        body = page(ordered, query, table, size=size, base=self.base, query_string=text)
        applied = {"Preference-Applied": f"odata.maxpagesize={size}"} if honoured else {}
        return JsonAnswer(body, headers=applied)


def origin(request: Request) -> str:
    """Return the address that the caller reached: scheme, host and port."""
    return f"{request.url.scheme}://{request.url.netloc}"
