"""Rules about references within the document."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.connector_rules.rule import Json, rule, schemas

_DEFINITIONS = "#/definitions/"


def _references(document: Json) -> Iterator[tuple[str, Json]]:
    return ((where, schema) for where, schema in schemas(document) if "$ref" in schema)


@rule("SchemaReferenceNotValid")
def valid(document: Json) -> Iterator[str]:
    for where, schema in _references(document):
        if not schema["$ref"].startswith(_DEFINITIONS):
            yield f"{where} {schema['$ref']}"


@rule("SchemaReferenceNotFound")
def found(document: Json) -> Iterator[str]:
    for where, schema in _references(document):
        reference = schema["$ref"]
        known = reference.removeprefix(_DEFINITIONS) in document["definitions"]
        if reference.startswith(_DEFINITIONS) and not known:
            yield f"{where} {reference}"


@rule("AdditionalPropertyNotAllowedAdjacentToRef")
def alone(document: Json) -> Iterator[str]:
    for where, schema in _references(document):
        yield from (f"{where} {key}" for key in schema if key != "$ref")


@rule("PathItemRefNotSuppored")
def path_items(document: Json) -> Iterator[str]:
    """The name is misspelt in Microsoft's list, too."""
    yield from (path for path, item in document["paths"].items() if "$ref" in item)


def _leads_to(document: Json, name: str) -> set[str]:
    """Give the definitions that one refers to, itself or by others."""
    seen: set[str] = set()
    left = [name]
    while left:
        for schema in _within(document["definitions"].get(left.pop(), {})):
            target = str(schema.get("$ref", "")).removeprefix(_DEFINITIONS)
            if target and target not in seen:
                seen.add(target)
                left.append(target)
    return seen


def _within(schema: Json) -> Iterator[Json]:
    yield schema
    for each in schema.get("properties", {}).values():
        yield from _within(each)
    if isinstance(schema.get("items"), dict):
        yield from _within(schema["items"])


@rule("SchemaRefLoopNotAllowed")
def loops(document: Json) -> Iterator[str]:
    yield from (name for name in document["definitions"] if name in _leads_to(document, name))
