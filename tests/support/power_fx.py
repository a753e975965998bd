"""Power Fx, as far as examples need it: formulas are read into calls, records, members and names.

Only what stands in them is read, not what they are worth: binary operators merely join.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"""(?P<blank>\s+|//[^\n]*)
      | (?P<text>"(?:[^"]|"")*")
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<name>[A-Za-z_]\w*|'[^']+')
      | (?P<mark>[(){}\[\],:;.]|<=|>=|<>|[&=<>+*/-])""",
    re.VERBOSE,
)
_OPERATORS = {"&", "=", "<", ">", "<=", ">=", "<>", "+", "-", "*", "/", "in", "exactin"}
_CLOSED_BY = {"(": ")", "[": "]"}
_CONSTANTS = {"true": True, "false": False}


class FormulaError(AssertionError):
    """This is no formula of the kind that is read here."""


@dataclass(frozen=True)
class Constant:
    value: Any


@dataclass(frozen=True)
class Path:
    """A name, and members of it: `varRun.error.message`."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """A function by its whole name, and what it is given."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Record:
    fields: dict[str, Node]


@dataclass(frozen=True)
class Parts:
    """Several expressions side by side: the parts of a list, or of an expression."""

    parts: tuple[Node, ...]


Node = Constant | Path | Call | Record | Parts


def read_formulas(text: str) -> list[Node]:
    """Read formulas between semicolons; raises FormulaError."""
    reader = _Reader(_tokens(text))
    return reader.formulas()


def within(node: Node) -> Iterator[Node]:
    """Give a node and all that stands in it."""
    yield node
    inner: tuple[Node, ...] = ()
    match node:
        case Call(arguments=inner) | Parts(parts=inner):
            pass
        case Record(fields=fields):
            inner = (*fields.values(),)
    for each in inner:
        yield from within(each)


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise FormulaError(f"what is this: {text[at : at + 20]!r}")
        if found.lastgroup != "blank":
            tokens.append(found[0])
        at = found.end()
    return tokens


@dataclass
class _Reader:
    tokens: list[str]
    at: int = field(default=0)

    def formulas(self) -> list[Node]:
        found = []
        while self.at < len(self.tokens):
            found.append(self._expression())
            if self.at < len(self.tokens):
                self._expect(";")
        return found

    def _expression(self) -> Node:
        parts = [self._operand()]
        while self._next in _OPERATORS:
            self.at += 1
            parts.append(self._operand())
        return parts[0] if len(parts) == 1 else Parts((*parts,))

    def _operand(self) -> Node:
        token = self._take()
        if token in _CLOSED_BY:
            return Parts(self._until(_CLOSED_BY[token]))
        if token == "{":
            return self._record()
        if token.startswith('"'):
            return Constant(token[1:-1].replace('""', '"'))
        if token[0].isdigit():
            return Constant(float(token) if "." in token else int(token))
        if token in _CONSTANTS:
            return Constant(_CONSTANTS[token])
        return self._named(token)

    def _named(self, token: str) -> Node:
        names = [self._name(token)]
        while self._next == ".":
            self.at += 1
            names.append(self._name(self._take()))
        if self._next != "(":
            return Path((*names,))
        self.at += 1
        return Call(".".join(names), self._until(")"))

    def _record(self) -> Record:
        fields: dict[str, Node] = {}
        while self._next != "}":
            name = self._name(self._take())
            self._expect(":")
            fields[name] = self._expression()
            if self._next == ",":
                self.at += 1
        self._expect("}")
        return Record(fields)

    def _until(self, end: str) -> tuple[Node, ...]:
        parts: list[Node] = []
        while self._next != end:
            parts.append(self._expression())
            if self._next != end:
                self._expect(",")
        self._expect(end)
        return (*parts,)

    @property
    def _next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        token = self._next
        if not token:
            raise FormulaError("it ends too soon")
        self.at += 1
        return token

    def _expect(self, token: str) -> None:
        if self._take() != token:
            near = " ".join(self.tokens[max(0, self.at - 6) : self.at + 3])
            raise FormulaError(f"{token} is missing near: {near}")

    def _name(self, token: str) -> str:
        if not (token[0].isalpha() or token[0] in "_'"):
            raise FormulaError(f"{token} is no name")
        return token.strip("'")
