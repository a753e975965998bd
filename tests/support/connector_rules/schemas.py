"""Rules about schemas: what they may say, how deep they go, what is required in them."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.connector_rules.rule import (
    Json,
    operations,
    reached,
    resolved,
    roots,
    rule,
    schemas,
)

FORMATS = {
    "integer": {"int32", "int64"},
    "number": {"float", "double"},
    "string": {
        "binary",
        "byte",
        "date",
        "date-no-tz",
        "date-time",
        "email",
        "html",
        "password",
        "uri",
        "uuid",
    },
}
TYPES = {"array", "boolean", "file", "integer", "number", "object", "string"}
NOT_SUPPORTED = {
    "anyOf",
    "const",
    "examples",
    "if",
    "not",
    "nullable",
    "oneOf",
    "patternProperties",
    "uniqueItems",
}
SCHEMAS_LIMIT = 512
DEPTH_LIMIT = 8
"""How deep a schema may be is not documented; certified connectors go deeper than this."""


@rule("SwaggerKeywordNotSupported")
def keywords(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        yield from (f"{where} {each}" for each in sorted(NOT_SUPPORTED & set(schema)))


@rule("UnrecognizedTypeFormat")
def formats(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        kind, form = schema.get("type", "object"), schema.get("format")
        if kind not in TYPES or (form is not None and form not in FORMATS.get(kind, ())):
            yield f"{where} {kind} {form}"


@rule("InvalidStringBinaryProperty")
def binary(document: Json) -> Iterator[str]:
    """Of properties alone: a whole body may be binary."""
    for where, schema in schemas(document):
        if schema.get("format") == "binary" and "." in where:
            yield where


@rule("SchemaTypeFileNotValid")
def files(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        if schema.get("type") == "file" and ("." in where or "[]" in where):
            yield where


@rule("ArrayHasNoItems")
def items(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        if schema.get("type") == "array" and not schema.get("items"):
            yield where


@rule("RequiredPropertyArrayEmpty")
def required_empty(document: Json) -> Iterator[str]:
    yield from (where for where, schema in schemas(document) if schema.get("required") == [])


@rule("RequiredPropertyNotOnObject")
def required_on_object(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        if isinstance(schema.get("required"), list) and schema.get("type", "object") != "object":
            yield where


@rule("RequiredPropertyDefinitionMissing")
def required_defined(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        listed = schema.get("required")
        if isinstance(listed, list) and schema.get("type", "object") == "object":
            known = schema.get("properties", {})
            yield from (f"{where}.{name}" for name in listed if name not in known)


@rule("ArrayDuplicateValue")
def duplicates(document: Json) -> Iterator[str]:
    for where, schema in schemas(document):
        for key in ("required", "enum"):
            listed = schema.get(key)
            if isinstance(listed, list) and len(set(map(repr, listed))) != len(listed):
                yield f"{where} {key}"


@rule("PropertyMustBeRequired")
def internal_properties(document: Json) -> Iterator[str]:
    """What nobody sees is sent only if it is required, and has its default."""
    for where, schema in schemas(document):
        for name, each in schema.get("properties", {}).items():
            hidden = each.get("x-ms-visibility") == "internal" and "default" in each
            if hidden and name not in schema.get("required", []):
                yield f"{where}.{name}"


@rule("RequiredReadOnlyPropertyNotAllowedAsInput")
def read_only(document: Json) -> Iterator[str]:
    for operation in operations(document):
        for parameter in operation.parameters:
            for each in reached(document, parameter.get("schema", {})):
                if each.path and each.required and each.schema.get("readOnly"):
                    yield f"{operation.id} {'/'.join(each.path)}"


@rule("AdditionalPropertyNotAllowed")
def unknown_extensions(document: Json) -> Iterator[str]:
    """Extensions of schemas that the validator knows; their list is that of its JSON Schema."""
    known = {
        "x-ms-dynamic-list",
        "x-ms-dynamic-properties",
        "x-ms-dynamic-schema",
        "x-ms-dynamic-tree",
        "x-ms-dynamic-values",
        "x-ms-editor",
        "x-ms-editor-options",
        "x-ms-enum-values",
        "x-ms-media-kind",
        "x-ms-notification-url",
        "x-ms-summary",
        "x-ms-trigger-value",
        "x-ms-url-encoding",
        "x-ms-visibility",
    }
    for where, schema in schemas(document):
        strange = {key for key in schema if key.startswith("x-ms-")} - known
        yield from (f"{where} {each}" for each in sorted(strange))


@rule("BodySchemaCountExceedsMaxAllowed")
def count(document: Json) -> Iterator[str]:
    for operation in operations(document):
        for parameter in operation.parameters:
            found = len(list(reached(document, parameter.get("schema", {}))))
            if found > SCHEMAS_LIMIT:
                yield f"{operation.id}: {found} schemas"


def _depth(document: Json, schema: Json, behind: frozenset[str]) -> int:
    reference = schema.get("$ref")
    if reference in behind:
        return 0
    behind |= {reference} if reference else frozenset()
    inner = resolved(document, schema)
    within = [*inner.get("properties", {}).values()]
    within += [inner["items"]] if isinstance(inner.get("items"), dict) else []
    return 1 + max((_depth(document, each, behind) for each in within), default=0)


@rule("SchemaTooDeep")
def depth(document: Json) -> Iterator[str]:
    for where, root in roots(document):
        deep = _depth(document, root, frozenset())
        if deep > DEPTH_LIMIT and where not in document["definitions"]:
            yield f"{where}: {deep}"
