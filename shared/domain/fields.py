"""Fields: what a request may hold, each declared once, with its kind, bounds and explanation.

The validators read them here, and the API's description is rendered from them (shared/api).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.kinds import Kind, UnfitError

_STRANGE_FIELDS_TOLD = 20
_NAME_TOLD = 100


class Visibility(StrEnum):
    """How prominently a form shows a field: the words of connectors."""

    IMPORTANT = "important"
    NORMAL = "none"
    ADVANCED = "advanced"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a request: null is as good as leaving it out.

    `title` and `help`: what people are told of it. `default`: what its absence means.
    `why_required`: what is said beside "is required".
    """

    name: str
    kind: Kind
    title: str
    help: str
    example: Any
    required: bool = False
    default: Any = None
    visibility: Visibility = Visibility.NORMAL
    why_required: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """Where `when` holds one of `values`, `field` must be given."""

    field: str
    when: str
    values: tuple[Any, ...]
    message: str


@dataclass(frozen=True, slots=True)
class OnlyWith:
    """`field` is given (true, if it is a flag) only where `when` holds one of `values`."""

    field: str
    when: str
    values: tuple[Any, ...]
    message: str


Rule = Needs | OnlyWith


@dataclass(frozen=True, slots=True)
class Body:
    """A JSON object that a request sends: its fields, and rules between them.

    `what`: what it is, for those who give a field it has not; `refused`: fields that are refused
    in words of their own.
    """

    name: str
    what: str
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...] = ()
    refused: Mapping[str, str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)

    def read(self, given: Any, *further: str) -> "Read":
        """Read the fields of a JSON value; `further`: names that are somebody else's to read.

        Raises InvalidRequestError if it is no object.
        """
        if not isinstance(given, dict):
            raise InvalidRequestError(Fault("body", "InvalidBody", "must be a JSON object"))
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        for field in self.fields:
            values[field.name] = read_field(field, given.get(field.name), faults)
        wrong = {fault.target for fault in faults}
        faults += (fault for rule in self.rules if (fault := _broken(rule, values, wrong)))
        faults += self._strange(given, further)
        return Read(values, faults)

    def _strange(self, given: Mapping[str, Any], further: Sequence[str]) -> list[Fault]:
        refused = self.refused or {}
        told = [Fault(name, "InvalidValue", refused[name]) for name in given if name in refused]
        known = (*self.names, *further, *refused)
        strange = [name for name in given if name not in known]
        message = f"is not a field of {self.what}; these are: {', '.join(self.names)}"
        return told + [
            Fault(name[:_NAME_TOLD] or '""', "UnknownField", message)
            for name in strange[:_STRANGE_FIELDS_TOLD]
        ]


@dataclass(frozen=True, slots=True)
class Read:
    """The fields of a request as they were read, None where there is none, and what is wrong."""

    values: dict[str, Any]
    faults: list[Fault]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def check(self) -> None:
        """Raise InvalidRequestError, with every fault, if there is one."""
        if self.faults:
            raise InvalidRequestError(*self.faults)


def read_field(field: Field, value: Any, faults: list[Fault]) -> Any:
    """Give what a field stands for; what is wrong goes to `faults`, and reads as its default."""
    if value is None:
        if field.required:
            faults.append(Fault(field.name, "MissingField", f"is required{field.why_required}"))
        return field.default
    try:
        return field.kind.read(value)
    except UnfitError as error:
        faults.append(Fault(field.name, error.fault, str(error)))
        return field.default


def _broken(rule: Rule, values: Mapping[str, Any], wrong: set[str]) -> Fault | None:
    """Say what is wrong by a rule; what is wrong by itself breaks none."""
    if {rule.field, rule.when} & wrong:
        return None
    given, holds = values[rule.field], values[rule.when] in rule.values
    match rule:
        case Needs() if holds and given is None:
            return Fault(rule.field, "MissingField", rule.message)
        case OnlyWith() if not holds and given not in (None, False):
            return Fault(rule.field, "InvalidValue", rule.message)
        case _:
            return None
