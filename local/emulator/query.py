"""OData queries over rows: `$select`, `$filter`, `$orderby`, `$top`, and pages."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote

from local.emulator.errors import bad_query
from local.emulator.json_answer import Literally
from local.emulator.odata_filter import Condition, Kind, Row, comparable, parse_filter

OPTIONS = ("$select", "$filter", "$orderby", "$top", "$skiptoken")
ORDER = re.compile(r"(\w+)(?:\s+(asc|desc))?")
SHOWN = "@emulator.shown"
"""In a row, not in an answer: by column, the text that is shown for its value; None: nothing."""
PAGE_SIZE = re.compile(r"odata\.maxpagesize\s*=\s*(\d+)")


@dataclass(frozen=True)
class Table:
    """A table: its set's name, its key, and the columns that may be asked for."""

    entity_set: str
    key: str
    columns: Mapping[str, Kind]

    def without(self, missing: Collection[str]) -> Table:
        """Give the table as an environment has it that has not all columns."""
        kept = {name: kind for name, kind in self.columns.items() if name not in missing}
        return replace(self, columns=kept)


@dataclass(frozen=True)
class Query:
    select: tuple[str, ...]
    condition: Condition | None
    order: tuple[tuple[str, bool], ...]
    top: int | None
    start: int


def read_query(query_string: str, table: Table) -> Query:
    """Read the options of a query; one that is not served is refused with 400."""
    options = dict(parse_qsl(query_string, keep_blank_values=True))
    for name in options:
        if name.startswith("$") and name not in OPTIONS:
            raise bad_query(f"The query parameter {name} is not supported")
    top = options.get("$top")
    if top is not None and not top.isdecimal():
        raise bad_query(f"Invalid value '{top}' for $top")
    token = options.get("$skiptoken", "0")
    if not token.isdecimal():
        raise bad_query("Malformed $skiptoken")
    text = options.get("$filter")
    return Query(
        select=_select(options.get("$select"), table),
        condition=None if text is None else parse_filter(text, table.columns),
        order=_order(options.get("$orderby"), table),
        top=None if top is None else int(top),
        start=int(token),
    )


def selected(row: Row, query: Query, table: Table) -> dict[str, Any]:
    """Return the chosen columns as they are shown; the key and the etag come unasked."""
    names = dict.fromkeys(("@odata.etag", table.key, *(query.select or table.columns)))
    shown: Mapping[str, str | None] = row.get(SHOWN, {})
    answer = {name: row[name] for name in names if shown.get(name, "") is not None}
    texts = {name: text for name, text in shown.items() if text is not None and name in answer}
    return answer | {name: Literally(text) for name, text in texts.items()}


def sorted_rows(rows: Sequence[Row], query: Query, table: Table) -> list[Row]:
    """Return the rows in the asked order; equal ones stay as they are, and null comes first."""
    result = list(rows)
    for column, descending in reversed(query.order):
        rank = partial(_rank, column, table.columns[column])
        absent = [row for row in result if row[column] is None]
        present = [row for row in result if row[column] is not None]
        present.sort(key=rank, reverse=descending)
        result = [*present, *absent] if descending else [*absent, *present]
    return result


def page(
    rows: Sequence[Row], query: Query, table: Table, *, size: int, base: str, query_string: str
) -> dict[str, Any]:
    """Return one page of an answer; `base` is the API's own address."""
    chosen = list(rows) if query.top is None else list(rows[: query.top])
    part = chosen[query.start : query.start + size]
    body: dict[str, Any] = {
        "@odata.context": f"{base}/$metadata#{table.entity_set}",
        "value": [selected(row, query, table) for row in part],
    }
    following = query.start + size
    if following < len(chosen):
        pairs = [(k, v) for k, v in parse_qsl(query_string) if k != "$skiptoken"]
        pairs.append(("$skiptoken", str(following)))
        encoded = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs)
        body["@odata.nextLink"] = f"{base}/{table.entity_set}?{encoded}"
    return body


def asked_page_size(prefer: str | None) -> int | None:
    """Read the page size from a Prefer header."""
    asked = PAGE_SIZE.search(prefer or "")
    return int(asked[1]) if asked else None


def _select(text: str | None, table: Table) -> tuple[str, ...]:
    if text is None:
        return ()
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if name not in table.columns:
            raise bad_query(f"Could not find a property named '{name}'")
    return names


def _order(text: str | None, table: Table) -> tuple[tuple[str, bool], ...]:
    order = []
    for part in text.split(",") if text else ():
        found = ORDER.fullmatch(part.strip())
        if found is None or found[1] not in table.columns:
            raise bad_query(f"$orderby cannot be by '{part.strip()}'")
        order.append((found[1], found[2] == "desc"))
    return tuple(order)


def _rank(column: str, kind: Kind, row: Row) -> Any:
    return comparable(row[column], kind)
