"""The schemas of the connector's Swagger 2.0: what a maker fills in, and what he is given back.

Flatter than JSON Schema can be: no alternatives, no null, and an object within an object is written
where it stands, since nothing may stand beside a reference.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from shared.api.connector import (
    DEFAULTS,
    FLOW_FIELD,
    LABELS,
    PICKERS,
    SAID,
    SCHEMA_OPERATION,
    UNSHOWN,
    Picker,
)
from shared.api.shapes import Answer, Free, ListOf, Member, OneOf, Plain, Shape, label_of
from shared.domain.fields import Body, Field, Visibility
from shared.domain.kinds import (
    Address,
    Choice,
    Flag,
    Inputs,
    Kind,
    Moment,
    Number,
    Whole,
)
from shared.domain.list_kinds import Several

Json = dict[str, Any]

_OF_A_RUN = ("RunWithOutlook", "Ending", "Progress")
_FORMATS = {"integer": "int32"}


@dataclass(frozen=True, slots=True)
class Given:
    """What an operation takes: the names of its fields, and how one is referred to from others.

    `prefix`: stands before the path of a field in the body; parameters have none.
    """

    names: frozenset[str]
    prefix: str = ""

    def path(self, name: str) -> str:
        return f"{self.prefix}{name}"


def body_definition(body: Body, needs: frozenset[str], without: frozenset[str]) -> Json:
    """Render what a body holds, but for some of its fields; `needs`: also required."""
    fields = [*_in_order({each.name: each for each in body.fields if each.name not in without})]
    within = Given(frozenset(each.name for each in fields), "body/")
    return {
        "type": "object",
        "required": [each.name for each in fields if each.required or each.name in needs],
        "properties": {
            each.name: _field(each, within, needed=each.name in needs) for each in fields
        },
    }


def _in_order(fields: Mapping[str, Field]) -> Iterator[Field]:
    """Give fields as a maker fills them in: first what the list of another goes by."""
    first = {
        name: [each for each in PICKERS[name].follows if each in fields]
        for name in fields
        if name in PICKERS
    }
    earlier = {each for names in first.values() for each in names}
    for name, field in fields.items():
        yield from (fields[each] for each in first.get(name, []))
        if name not in earlier:
            yield field


def _field(field: Field, within: Given, *, needed: bool) -> Json:
    schema = input_schema(field.kind)
    if isinstance(field.kind, Inputs):
        schema |= dynamic_schema("inputs", within)
    told = _told(field.title, SAID.get(field.name, field.help))
    default = DEFAULTS.get(field.name, field.default)
    if default is not None:
        told["default"] = default
    visibility = Visibility.IMPORTANT if needed else field.visibility
    if visibility is not Visibility.NORMAL:
        told["x-ms-visibility"] = visibility.value
    if isinstance(field.kind, Address) and field.visibility is Visibility.INTERNAL:
        told["x-ms-notification-url"] = True
    return schema | told | picker_schema(field.name, within)


def input_schema(kind: Kind) -> Json:
    """Render what a maker may give; the app itself tells all else that is wrong with it."""
    schema: Json
    match kind:
        case Choice(choices=choices) | Number(choices=choices):
            schema = _labelled(*choices)
        case Several(choices=several):
            schema = {"type": "array", "items": _labelled(*several)}
        case Whole(least=least, most=most):
            schema = {"type": "integer", "format": "int32", "minimum": least, "maximum": most}
        case Flag():
            schema = {"type": "boolean"}
        case Moment():
            schema = {"type": "string", "format": "date-time"}
        case Inputs():
            schema = {"type": "object"}
        case _:
            schema = {"type": "string"}
            longest = getattr(kind, "longest", None)
            schema |= {"maxLength": longest} if longest else {}
    return schema


def _labelled(*choices: StrEnum | IntEnum) -> Json:
    numbers = isinstance(choices[0], IntEnum)
    kind: Json = {"type": "integer", "format": "int32"} if numbers else {"type": "string"}
    return kind | {
        "enum": [each.value for each in choices],
        "x-ms-enum-values": [
            {"value": each.value, "displayName": LABELS.get(each) or label_of(each)}
            for each in choices
        ],
    }


def picker_schema(name: str, within: Given) -> Json:
    """Let a maker choose a value of this name from a list, in the older form and the newer."""
    picker = PICKERS.get(name)
    if picker is None:
        return {}
    follows = [each for each in picker.follows if each in within.names]
    older = {each: {"parameter": each} for each in follows}
    newer = {each: {"parameterReference": within.path(each)} for each in follows}
    return {
        "x-ms-dynamic-values": {
            "operationId": picker.operation,
            "parameters": {**picker.constants, **older},
            "value-collection": "value",
            "value-path": picker.value,
            "value-title": picker.title,
        },
        "x-ms-dynamic-list": {
            "operationId": picker.operation,
            "parameters": {**_constants(picker), **newer},
            "itemsPath": "value",
            "itemValuePath": picker.value,
            "itemTitlePath": picker.title,
        },
    }


def _constants(picker: Picker) -> Json:
    return {name: {"value": value} for name, value in picker.constants.items()}


def dynamic_schema(side: str, within: Given) -> Json:
    """Have an object described by the chosen flow's own schema, in the older form and the newer."""
    return {
        "x-ms-dynamic-schema": {
            "operationId": SCHEMA_OPERATION,
            "parameters": {FLOW_FIELD: {"parameter": FLOW_FIELD}},
            "value-path": side,
        },
        "x-ms-dynamic-properties": {
            "operationId": SCHEMA_OPERATION,
            "parameters": {FLOW_FIELD: {"parameterReference": within.path(FLOW_FIELD)}},
            "itemValuePath": side,
        },
    }


def answer_definitions(answer: Answer, within: Given) -> Mapping[str, Json]:
    """Render an answer, and what it lists, each as a definition by its name."""
    found = {answer.name: _object(answer, within)}
    for member in _shown(answer):
        if isinstance(member.shape, ListOf) and isinstance(member.shape.shape, Answer):
            found |= answer_definitions(member.shape.shape, within)
    return found


def _object(answer: Answer, within: Given) -> Json:
    members = {each.name: _member(each, within) for each in _shown(answer)}
    return {"type": "object", "properties": members}


def _member(member: Member, within: Given) -> Json:
    schema = output_schema(member.shape, within)
    help_text = member.help
    if isinstance(member.shape, OneOf):
        help_text += f" One of {', '.join(map(str, member.shape.values))}."
    return schema | _told(member.title, help_text)


def output_schema(shape: Shape, within: Given) -> Json:
    """Render what a maker is given; texts that are one of some stay texts for his formulas."""
    match shape:
        case Plain(type=kind, format=form):
            form = form or _FORMATS.get(kind)
            return {"type": kind} | ({"format": form} if form else {})
        case OneOf(values=values):
            return output_schema(
                Plain("integer" if isinstance(values[0], int) else "string"), within
            )
        case ListOf(shape=Answer() as listed):
            return {"type": "array", "items": {"$ref": f"#/definitions/{listed.name}"}}
        case ListOf(shape=inner):
            return {"type": "array", "items": output_schema(inner, within)}
        case Free(side=side):
            dynamic = dynamic_schema(side, within) if side and FLOW_FIELD in within.names else {}
            return {"type": "object", **dynamic}
        case Answer():
            return _object(shape, within)


def _shown(answer: Answer) -> Iterator[Member]:
    unshown = UNSHOWN.get("Run" if answer.name in _OF_A_RUN else answer.name, frozenset())
    return (each for each in answer.members if each.name not in unshown)


def _told(title: str, help_text: str) -> Json:
    return {"x-ms-summary": title, "description": help_text}
