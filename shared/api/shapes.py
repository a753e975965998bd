"""Shapes of what the app answers with: members, each declared once."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Plain:
    """A string, number or boolean, by JSON Schema's type and format.

    `longest`: of a text that is not empty, how many characters it may have.
    """

    type: str
    format: str | None = None
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """A string or number that is one of some values; `labels`: what people call each."""

    values: tuple[Any, ...]
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListOf:
    shape: "Shape"


@dataclass(frozen=True, slots=True)
class Free:
    """A JSON object that somebody else defines, such as a desktop flow's outputs.

    `side`: which of the flow's schemas describes it.
    """

    side: Literal["inputs", "outputs"] | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an answer. It is always there; `null` where nothing is known, if it may be.

    `title` and `help`: what people are told of it. `optional`: it may be left out.
    """

    name: str
    shape: "Shape"
    title: str
    help: str
    nullable: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON object that the app answers with."""

    name: str
    help: str
    members: tuple[Member, ...] = field(default=())


SHAPES = (Plain, OneOf, ListOf, Free, Answer)
Shape = Plain | OneOf | ListOf | Free | Answer


def one_of(*choices: StrEnum | IntEnum) -> OneOf:
    """Give the values of choices, each labelled by its name."""
    return OneOf(tuple(each.value for each in choices), tuple(map(label_of, choices)))


def label_of(choice: StrEnum | IntEnum) -> str:
    """Call a choice as people do: `TIMED_OUT` is "Timed out"."""
    return choice.name.replace("_", " ").capitalize()


TEXT, ID, MOMENT = Plain("string"), Plain("string", "uuid"), Plain("string", "date-time")
WHOLE, FLAG = Plain("integer"), Plain("boolean")


def shape_schema(shape: Shape) -> dict[str, Any]:
    """Render a shape as JSON Schema; an answer is a reference to the component of its name."""
    match shape:
        case Plain(type=kind, format=form, longest=longest):
            bounds = {"minLength": 1, "maxLength": longest} if longest else {}
            return {"type": kind} | ({"format": form} if form else {}) | bounds
        case OneOf(values=values):
            kind = "integer" if isinstance(values[0], int) else "string"
            return {"type": kind, "enum": [*values]}
        case ListOf(shape=inner):
            return {"type": "array", "items": shape_schema(inner)}
        case Free():
            return {"type": "object", "additionalProperties": True}
        case Answer(name=name):
            return {"$ref": f"#/components/schemas/{name}"}


def or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Let a schema take null as well."""
    if "$ref" in schema or "anyOf" in schema:
        return {"anyOf": [*schema.pop("anyOf", [schema]), {"type": "null"}]}
    if "enum" in schema:
        schema = schema | {"enum": [*schema["enum"], None]}
    return schema | {"type": [schema["type"], "null"]}


def answer_schema(answer: Answer) -> dict[str, Any]:
    """Render an answer: every member that is always there is required."""
    members = {}
    for member in answer.members:
        shown = shape_schema(member.shape)
        told = {"title": member.title, "description": member.help}
        members[member.name] = told | (or_null(shown) if member.nullable else shown)
    return {
        "type": "object",
        "description": answer.help,
        "properties": members,
        "required": [each.name for each in answer.members if not each.optional],
        "additionalProperties": False,
    }


def answers_within(answer: Answer) -> dict[str, Answer]:
    """Give an answer and all that it is made of, by name."""
    found = {answer.name: answer}
    for member in answer.members:
        shape = member.shape
        while isinstance(shape, ListOf):
            shape = shape.shape
        if isinstance(shape, Answer):
            found |= answers_within(shape)
    return found
