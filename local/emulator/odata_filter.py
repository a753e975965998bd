"""`$filter`, as far as it is honest to emulate it: comparisons, In, and, or, parentheses."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from local.emulator.errors import bad_query

Kind = Literal["guid", "text", "number", "moment"]
Row = Mapping[str, Any]

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
TOKEN = re.compile(
    rf"""\s*(?:
    Microsoft\.Dynamics\.CRM\.In\(\s*PropertyName='(?P<column>\w+)'\s*,
        \s*PropertyValues=(?P<values>\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])\s*\)
    | (?P<text>'(?:[^']|'')*')
    | (?P<guid>{GUID})
    | (?P<moment>\d{{4}}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?)
    | (?P<number>-?\d+)
    | (?P<word>[A-Za-z_]\w*)
    | (?P<mark>[()])
    )""",
    re.VERBOSE,
)
DEEPEST = 50


class Condition(Protocol):
    def holds(self, row: Row) -> bool:
        """Say whether a row fulfils the condition."""

    def keys(self, column: str) -> frozenset[Any] | None:
        """Return the values of which `column` must have one; None if it may have any."""


@dataclass(frozen=True)
class Comparison:
    column: str
    kind: Kind
    operator: str
    value: Any

    def holds(self, row: Row) -> bool:
        found = comparable(row[self.column], self.kind)
        if found is None or self.value is None:
            same = found is self.value
            return {"eq": same, "ne": not same}.get(self.operator, False)
        return OPERATORS[self.operator](found, self.value)

    def keys(self, column: str) -> frozenset[Any] | None:
        if self.column == column and self.operator == "eq" and self.value is not None:
            return frozenset({self.value})
        return None


@dataclass(frozen=True)
class In:
    column: str
    kind: Kind
    values: frozenset[Any]

    def holds(self, row: Row) -> bool:
        return comparable(row[self.column], self.kind) in self.values

    def keys(self, column: str) -> frozenset[Any] | None:
        return self.values if self.column == column else None


@dataclass(frozen=True)
class And:
    parts: tuple[Condition, ...]

    def holds(self, row: Row) -> bool:
        return all(part.holds(row) for part in self.parts)

    def keys(self, column: str) -> frozenset[Any] | None:
        known = [keys for part in self.parts if (keys := part.keys(column)) is not None]
        return frozenset.intersection(*known) if known else None


@dataclass(frozen=True)
class Or:
    parts: tuple[Condition, ...]

    def holds(self, row: Row) -> bool:
        return any(part.holds(row) for part in self.parts)

    def keys(self, column: str) -> frozenset[Any] | None:
        keys = [part.keys(column) for part in self.parts]
        known = [one for one in keys if one is not None]
        return frozenset().union(*known) if len(known) == len(keys) else None


def comparable(value: Any, kind: Kind) -> Any:
    """Return a row's value as it compares: texts ignore case, moments are instants."""
    if value is None or kind == "number":
        return value
    return datetime.fromisoformat(value) if kind == "moment" else value.casefold()


def parse_filter(text: str, columns: Mapping[str, Kind]) -> Condition:
    """Read a `$filter` over these columns; what it does not serve is refused with 400."""
    return _Parser(text, columns).parse()


class _Parser:
    def __init__(self, text: str, columns: Mapping[str, Kind]) -> None:
        self._text = text
        self._columns = columns
        self._position = 0

    def parse(self) -> Condition:
        condition = self._either(0)
        if self._text[self._position :].strip():
            raise self._error()
        return condition

    def _either(self, depth: int) -> Condition:
        parts = [self._all(depth)]
        while self._take_word("or"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _all(self, depth: int) -> Condition:
        parts = [self._one(depth)]
        while self._take_word("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _one(self, depth: int) -> Condition:
        token = self._next()
        if token["values"] is not None:
            return self._in(token["column"], token["values"])
        if token["mark"] == "(" and depth < DEEPEST:
            condition = self._either(depth + 1)
            if self._next()["mark"] != ")":
                raise self._error()
            return condition
        if token["word"] is None:
            raise self._error()
        kind = self._kind(token["word"])
        symbol = self._next()["word"]
        if symbol not in OPERATORS:
            raise self._error()
        return Comparison(token["word"], kind, symbol, self._literal(kind))

    def _in(self, column: str, values: str) -> Condition:
        kind = self._kind(column)
        try:
            given = json.loads(values)
        except ValueError:
            raise self._error() from None
        if not all(isinstance(value, str) for value in given):
            raise bad_query("PropertyValues must be a collection of strings")
        if kind == "guid" and not all(re.fullmatch(GUID, value) for value in given):
            raise bad_query(f"PropertyValues of '{column}' must be GUIDs")
        if kind == "number" and not all(re.fullmatch(r"-?\d+", value) for value in given):
            raise bad_query(f"PropertyValues of '{column}' must be numbers")
        read = int if kind == "number" else lambda value: comparable(value, kind)
        return In(column, kind, frozenset(read(value) for value in given))

    def _literal(self, kind: Kind) -> Any:
        token = self._next()
        if token["word"] == "null":
            return None
        text = token[kind]
        if text is None and kind == "guid" and token["text"]:
            text = token["text"][1:-1]  # Dataverse takes a quoted GUID too
        if text is None:
            raise bad_query(f"the filter compares a {kind} with another type: {self._text}")
        if kind == "number":
            return int(text)
        if kind == "text":
            return text[1:-1].replace("''", "'").casefold()
        return comparable(text if "T" in text or kind == "guid" else f"{text}T00:00:00Z", kind)

    def _kind(self, column: str) -> Kind:
        if column not in self._columns:
            raise bad_query(f"Could not find a property named '{column}'")
        return self._columns[column]

    def _next(self) -> re.Match[str]:
        token = TOKEN.match(self._text, self._position)
        if token is None:
            raise self._error()
        self._position = token.end()
        return token

    def _take_word(self, word: str) -> bool:
        token = TOKEN.match(self._text, self._position)
        if token is None or token["word"] != word:
            return False
        self._position = token.end()
        return True

    def _error(self) -> Exception:
        return bad_query(f"Syntax error at position {self._position} in '{self._text}'")
