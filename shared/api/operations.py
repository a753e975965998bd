"""The calls of the API: what each takes, and everything that it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.api.shapes import TEXT, Answer, Shape
from shared.domain.codes import Code
from shared.domain.fields import Body


class Where(StrEnum):
    PATH = "path"
    QUERY = "query"
    HEADER = "header"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value beside the body."""

    name: str
    where: Where
    shape: Shape
    title: str
    help: str
    example: str | int | bool
    required: bool = False
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """A header of an answer."""

    name: str
    shape: Shape
    help: str


@dataclass(frozen=True, slots=True)
class Success:
    """An answer that is no error; `shape`: of its body, None if it has none."""

    help: str
    shape: Answer | None = None
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: `function` is its name in Azure, `id` the one that programs are given.

    `codes`: the errors that it answers with, each with the status that the catalogue says.
    `anonymous`: it takes no key, so its errors are not the host's.
    """

    id: str
    function: str
    method: str
    path: str
    summary: str
    help: str
    answers: Mapping[int, Success]
    codes: tuple[Code, ...]
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    anonymous: bool = False
    tag: str = field(default="runs")

    @property
    def errors(self) -> dict[int, list[Code]]:
        """Give the codes of each status."""
        found: dict[int, list[Code]] = {}
        for code in self.codes:
            found.setdefault(code.status or 500, []).append(code)
        return dict(sorted(found.items()))


def path_parameter(name: str, title: str, help_text: str, example: str) -> Parameter:
    """Make a parameter of the path, which is always required."""
    return Parameter(name, Where.PATH, TEXT, title, help_text, example, required=True)
