"""Rules about the values that a schema allows: enumerations, defaults, bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.support.connector_rules.rule import Json, rule, schemas

_PYTHON: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


def _is_of(value: Any, kind: str | None) -> bool:
    if kind is None:
        return True
    return isinstance(value, _PYTHON[kind]) and (kind == "boolean" or not isinstance(value, bool))


@rule("EnumMustContainAtLeastOneElement")
def enum_empty(document: Json) -> Iterator[str]:
    yield from (where for where, schema in schemas(document) if schema.get("enum") == [])


@rule("InvalidEnumValue")
def enum_type(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        for value in schema.get("enum", []):
            if not _is_of(value, schema.get("type")):
                yield f"{where} {value}"


@rule("MissingEnumValuesDisplayName")
def display_name(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        for each in schema.get("x-ms-enum-values", []):
            if not each.get("displayName"):
                yield f"{where} {each.get('value')}"


@rule("DuplicateEnumValuesInExtension")
def enum_values_once(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        for key in ("value", "displayName"):
            listed = [each[key] for each in schema.get("x-ms-enum-values", []) if key in each]
            if len(set(listed)) != len(listed):
                yield f"{where} {key}"


@rule("InvalidEnumValuesExtensionValue")
def enum_values_known(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        for each in schema.get("x-ms-enum-values", []):
            if each.get("value") not in schema.get("enum", []):
                yield f"{where} {each.get('value')}"


@rule("DefaultValueMustMatchType")
def default_type(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        if "default" in schema and not _is_of(schema["default"], schema.get("type")):
            yield f"{where} {schema['default']}"


@rule("JsonValueNotInEnum")
def default_known(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        value, choices = schema.get("default"), schema.get("enum")
        strange = value is not None and choices is not None and value not in choices
        if strange and _is_of(value, schema.get("type")):
            yield f"{where} {value}"


def _crossed(document: Json, least: str, most: str) -> Iterator[str]:
    for where, schema in schemas(document):
        if least in schema and most in schema and schema[least] > schema[most]:
            yield f"{where}: {schema[least]} to {schema[most]}"


@rule("MinimumShouldBeLessThanOrEqualToMaximum")
def numbers(document: Json) -> Iterator[str]:
    return _crossed(document, "minimum", "maximum")


@rule("MinLengthShouldBeLessThanOrEqualToMaxLength")
def lengths(document: Json) -> Iterator[str]:
    return _crossed(document, "minLength", "maxLength")


@rule("MaxLengthMustBeGreaterThanOrEqualToZero")
def length(document: Json) -> Iterator[str]:
    yield from (where for where, schema in schemas(document) if schema.get("maxLength", 0) < 0)


@rule("ExclusiveMaximumRequiresMaximum")
def exclusive_maximum(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        if "exclusiveMaximum" in schema and "maximum" not in schema:
            yield where


@rule("MultipleOfMustBeGreaterThanZero")
def multiple(document: Json) -> Iterator[str]:
    yield from (where for where, schema in schemas(document) if schema.get("multipleOf", 1) <= 0)


@rule("PatternShouldBeValidRegularExpression")
def patterns(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        try:
            re.compile(schema.get("pattern", ""))
        except re.error:
            yield where
