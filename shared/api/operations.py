"""The calls of the API: what each takes, and everything that it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from shared.api.shapes import TEXT, Answer, Shape
from shared.domain.codes import Code
from shared.domain.fields import Body
from shared.domain.kinds import Kind
from shared.domain.queries import Query

Example = str | int | bool | tuple[str, ...]


class Where(StrEnum):
    PATH = "path"
    QUERY = "query"
    HEADER = "header"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value beside the body, by its shape or by the kind of what its text is read as.

    Several values of one parameter stand between commas.
    """

    name: str
    where: Where
    shape: Shape | Kind
    title: str
    help: str
    example: Example
    required: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """A header of an answer; `always`: whether each such answer has it."""

    name: str
    shape: Shape
    help: str
    always: bool = True


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
    `anonymous`: it takes no key, so its errors are not the host's. `told`: what is POSTed later
    to the address that a field of its body names.
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
    told: Mapping[str, Answer] = field(default_factory=dict)

    @property
    def errors(self) -> dict[int, list[Code]]:
        """Give the codes of each status."""
        found: dict[int, list[Code]] = {}
        for code in self.codes:
            found.setdefault(code.status or 500, []).append(code)
        return dict(sorted(found.items()))


def of_query(query: Query) -> tuple[Parameter, ...]:
    """Give the parameters of a query as they are read."""
    return tuple(
        Parameter(field.name, Where.QUERY, field.kind, field.title, field.help, field.example)
        for field in query.fields
    )


def path_parameter(name: str, title: str, help_text: str, example: str) -> Parameter:
    """Make a parameter of the path, which is always required."""
    return Parameter(name, Where.PATH, TEXT, title, help_text, example, required=True)
