"""The bodies of requests as JSON Schema, from the fields that the validators read."""

from typing import Any

from shared.api.operations import Parameter
from shared.api.shapes import SHAPES, or_null, shape_schema
from shared.domain.fields import Body, Field, Needs, OnlyWith, Rule
from shared.domain.kinds import (
    INPUTS_LIMIT_BYTES,
    Address,
    Choice,
    Flag,
    Guid,
    Inputs,
    Key,
    Kind,
    Line,
    Moment,
    Number,
    Token,
    Whole,
    Words,
)
from shared.domain.list_kinds import Items, Several

Json = dict[str, Any]


def body_schema(body: Body) -> Json:
    """Render a body: null is as good as leaving a field out, and nothing else may be given."""
    schema: Json = {
        "type": "object",
        "description": f"What is sent for {body.what}.",
        "properties": {field.name: field_schema(field) for field in body.fields},
        "required": [field.name for field in body.fields if field.required],
        "additionalProperties": False,
        "example": {field.name: field.example for field in body.fields if field.required},
    }
    if body.rules:
        schema["allOf"] = [_rule_schema(rule) for rule in body.rules]
    return schema


def field_schema(field: Field) -> Json:
    """Render a field, with what people are told of it."""
    schema = kind_schema(field.kind)
    told: Json = {"title": field.title, "description": field.help, "examples": [field.example]}
    if field.default is not None:
        told["default"] = field.default
    return told | (schema if field.required else or_null(schema))


def parameter_schema(parameter: Parameter) -> Json:
    """Render what a parameter accepts."""
    if isinstance(parameter.shape, SHAPES):
        return shape_schema(parameter.shape)
    return kind_schema(parameter.shape)


def kind_schema(kind: Kind) -> Json:
    """Render what a kind of value accepts."""
    schema: Json
    match kind:
        case Line() | Words() | Address() | Key() | Token():
            bounds = {"minLength": 1, "maxLength": kind.longest}
            schema = {"type": "string"} | bounds | {"pattern": kind.pattern}
        case Guid():
            schema = {"type": "string", "pattern": kind.pattern}
        case Choice(choices=choices):
            schema = {"type": "string", "enum": [each.value for each in choices]}
        case Number(choices=numbers):
            schema = {"type": "integer", "enum": [each.value for each in numbers]}
        case Whole(least=least, most=most):
            schema = {"type": "integer", "minimum": least, "maximum": most}
        case Flag():
            schema = {"type": "boolean"}
        case Moment():
            schema = {"type": "string", "format": "date-time", "pattern": kind.pattern}
        case Inputs():
            schema = {"anyOf": [{"type": "object"}, _OBJECT_IN_A_STRING]}
        case _:
            schema = _list_schema(kind)
    return schema


def _list_schema(kind: Kind) -> Json:
    items: Json
    match kind:
        case Several(choices=choices):
            items = {"type": "string", "enum": [each.value for each in choices]}
            return {"type": "array", "items": items}
        case Items(each=each, most=most):
            # What is no such request is answered by itself, so nothing is refused here.
            items = {"anyOf": [body_schema(each), {}]}
            return {"type": "array", "items": items, "minItems": 1, "maxItems": most}
        case _:
            raise TypeError(f"no schema is known of {kind}")


_OBJECT_IN_A_STRING: Json = {
    "type": "string",
    "contentMediaType": "application/json",
    "contentSchema": {"type": "object"},
    "maxLength": INPUTS_LIMIT_BYTES,
}


def _rule_schema(rule: Rule) -> Json:
    """Render a rule between fields; a field that is null is not given."""
    holds = {
        "properties": {rule.when: {"enum": [*rule.values]}},
        "required": [rule.when],
    }
    given = {"properties": {rule.field: {"not": {"enum": [None, False]}}}, "required": [rule.field]}
    match rule:
        case Needs():
            return {"if": holds, "then": given}
        case OnlyWith():
            return {"if": given, "then": holds}
