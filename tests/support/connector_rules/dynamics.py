"""Rules about lists and schemas that are asked for while a maker builds a flow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.connector_rules.rule import (
    Json,
    Operation,
    Reached,
    at,
    operation_of,
    operations,
    reached,
    rule,
    success_schema,
)

PAIRS = {
    "x-ms-dynamic-values": "x-ms-dynamic-list",
    "x-ms-dynamic-schema": "x-ms-dynamic-properties",
}
PAIRS_OF_SCHEMAS = ("x-ms-dynamic-schema", "x-ms-dynamic-properties")
NEXT_LINKS = ("nextLink", "@odata.nextLink")
_PYTHON = {"integer": int, "string": str, "boolean": bool}


@dataclass(frozen=True)
class Dynamic:
    """An extension that invokes an operation, and where it stands in which."""

    source: Operation
    place: str
    key: str
    extension: Json
    holder: Json
    in_body: bool

    def __str__(self) -> str:
        return f"{self.source.id} {self.place} {self.key}"

    @property
    def path(self) -> str | None:
        """Where what is asked for stands in the answer."""
        names = ("value-collection", "itemsPath", "value-path", "itemValuePath")
        listed = "values" in self.key or "list" in self.key
        given = [self.extension.get(each) for each in (names[:2] if listed else names[2:])]
        return next((each for each in given if each is not None), None)

    def given(self) -> Iterator[tuple[str, str | None, Any]]:
        """Give the parameters passed on: name, what it refers to, or None and its value."""
        for name, value in self.extension.get("parameters", {}).items():
            if isinstance(value, dict) and {"parameter", "parameterReference"} & set(value):
                yield name, value.get("parameterReference", value.get("parameter")), None
            else:
                yield name, None, value.get("value") if isinstance(value, dict) else value


def dynamics(document: Json) -> Iterator[Dynamic]:
    for operation in operations(document):
        for place, in_body, each in _places(document, operation):
            for older, newer in PAIRS.items():
                for key in (older, newer):
                    if key in each:
                        yield Dynamic(operation, place, key, each[key], each, in_body)


def _places(document: Json, operation: Operation) -> Iterator[tuple[str, bool, Json]]:
    for parameter in operation.parameters:
        if parameter.get("in") != "body":
            yield parameter["name"], False, parameter
        for each in reached(document, parameter.get("schema", {})):
            yield "/".join(("body", *each.path)), True, each.schema
    answers = [each["schema"] for each in operation.responses.values() if "schema" in each]
    if operation.of_a_webhook:
        answers.append(operation.item["x-ms-notification-content"].get("schema", {}))
    for answer in answers:
        for each in reached(document, answer):
            yield "/".join(("answer", *each.path)), False, each.schema


def _invoked(document: Json, dynamic: Dynamic) -> Operation | None:
    return operation_of(document, dynamic.extension.get("operationId", ""))


def _parameter(operation: Operation | None, name: str) -> Json | None:
    found = [each for each in operation.parameters if each["name"] == name] if operation else []
    return found[0] if found else None


def _source(document: Json, dynamic: Dynamic, reference: str) -> Reached | None:
    """Find what a reference names in the operation in which it stands, by name or by path."""
    for parameter in dynamic.source.parameters:
        if parameter.get("in") != "body" and parameter["name"] == reference:
            hidden = parameter.get("x-ms-visibility") == "internal"
            return Reached((), parameter, bool(parameter.get("required")), hidden)
        for each in reached(document, parameter.get("schema", {})):
            path = "/".join((parameter["name"], *each.path))
            bare = "dynamic-values" in dynamic.key or "dynamic-schema" in dynamic.key
            if path == reference or (bare and each.path and each.path[-1] == reference):
                return each
    return None


@rule("OperationIdNotFound")
def operation_found(document: Json) -> Iterator[str]:
    yield from (str(each) for each in dynamics(document) if _invoked(document, each) is None)
    tested = document.get("x-ms-capabilities", {}).get("testConnection", {}).get("operationId")
    if tested is not None and operation_of(document, tested) is None:
        yield "x-ms-capabilities testConnection"


@rule("OperationParameterNameNotFound")
def parameter_found(document: Json) -> Iterator[str]:
    """Of the invoked operation, and of the one in which the reference stands."""
    for dynamic in dynamics(document):
        invoked = _invoked(document, dynamic)
        for name, reference, _ in dynamic.given():
            if invoked is not None and _parameter(invoked, name) is None:
                yield f"{dynamic} {name}"
            if reference is not None and _source(document, dynamic, reference) is None:
                yield f"{dynamic} {reference}"


@rule("OperationMissingRequiredProperty")
def parameter_given(document: Json) -> Iterator[str]:
    for dynamic in dynamics(document):
        invoked, given = _invoked(document, dynamic), {name for name, _, _ in dynamic.given()}
        for each in invoked.parameters if invoked else []:
            if each.get("required") and each["name"] not in given:
                yield f"{dynamic} {each['name']}"


@rule("OperationParameterRequiredMismatch")
def parameter_required(document: Json) -> Iterator[str]:
    for dynamic in dynamics(document):
        for name, reference, _ in dynamic.given():
            target = _parameter(_invoked(document, dynamic), name)
            source = None if reference is None else _source(document, dynamic, reference)
            if target and source and target.get("required") and not source.required:
                yield f"{dynamic} {name}"


@rule("OperationParameterTypeMismatch")
def parameter_type(document: Json) -> Iterator[str]:
    for dynamic in dynamics(document):
        for name, reference, _ in dynamic.given():
            target = _parameter(_invoked(document, dynamic), name)
            source = None if reference is None else _source(document, dynamic, reference)
            if target and source and target.get("type") != source.schema.get("type"):
                yield f"{dynamic} {name}"


@rule("OperationParameterStaticTypeMismatch")
def constant_type(document: Json) -> Iterator[str]:
    for dynamic in dynamics(document):
        for name, reference, value in dynamic.given():
            target = _parameter(_invoked(document, dynamic), name)
            kind = _PYTHON.get(str((target or {}).get("type")), object)
            if reference is None and not isinstance(value, kind):
                yield f"{dynamic} {name}"


@rule("SourcePropertyInternal")
def source_shown(document: Json) -> Iterator[str]:
    for dynamic in dynamics(document):
        for _, reference, _ in dynamic.given():
            source = None if reference is None else _source(document, dynamic, reference)
            if source and source.internal and not dynamic.source.internal:
                yield f"{dynamic} {reference}"


def _produced(document: Json, dynamic: Dynamic) -> Json | None:
    invoked = _invoked(document, dynamic)
    return at(document, success_schema(document, invoked), dynamic.path or "") if invoked else {}


@rule("InvokedOperationShouldProduceArray")
def produces_list(document: Json) -> Iterator[str]:
    for dynamic in dynamics(document):
        listed = dynamic.key in ("x-ms-dynamic-values", "x-ms-dynamic-list")
        known = _invoked(document, dynamic) is not None
        if listed and known and (_produced(document, dynamic) or {}).get("type") != "array":
            yield str(dynamic)


@rule("InvokedOperationShouldProduceProperty")
def produces_property(document: Json) -> Iterator[str]:
    """Of a schema the object at its path; of a list what is shown and taken of each item."""
    for dynamic in dynamics(document):
        if "values" not in dynamic.key and "list" not in dynamic.key:
            if _produced(document, dynamic) is None:
                yield str(dynamic)
            continue
        listed = (_produced(document, dynamic) or {}).get("items")
        for key in ("value-path", "value-title", "itemValuePath", "itemTitlePath"):
            path = dynamic.extension.get(key)
            if path is not None and listed and at(document, listed, path) is None:
                yield f"{dynamic} {key}"


@rule("DynamicListExtensionRequiredForNonParameterReferences")
def newer_list(document: Json) -> Iterator[str]:
    for dynamic in dynamics(document):
        refers = any(reference is not None for _, reference, _ in dynamic.given())
        older = dynamic.key == "x-ms-dynamic-values" and "x-ms-dynamic-list" not in dynamic.holder
        if older and dynamic.in_body and refers:
            yield str(dynamic)


@rule("DynamicPropertiesExtensionRequiredForNonParameterReferences")
def newer_schema(document: Json) -> Iterator[str]:
    for dynamic in dynamics(document):
        older, newer = PAIRS_OF_SCHEMAS
        if dynamic.key == older and newer not in dynamic.holder:
            yield str(dynamic)


@rule("DynamicPropertiesItemValuePathMismatch")
def same_path(document: Json) -> Iterator[str]:
    for dynamic in dynamics(document):
        newer = dynamic.holder.get("x-ms-dynamic-properties")
        if dynamic.key == "x-ms-dynamic-schema" and newer is not None:
            older = (dynamic.extension.get("value-path") or "").removesuffix("/properties")
            if older != newer.get("itemValuePath", ""):
                yield str(dynamic)


@rule("DynamicExtensionDefinitionNotAllowedInParameter")
def not_on_the_body(document: Json) -> Iterator[str]:
    for operation in operations(document):
        for parameter in operation.parameters:
            keys = {key for pair in PAIRS.items() for key in pair} & set(parameter)
            if parameter.get("in") == "body" and keys:
                yield f"{operation.id} {sorted(keys)}"


@rule("InvalidNextLinkNameValue")
def next_link(document: Json) -> Iterator[str]:
    for operation in operations(document):
        pageable = operation.body.get("x-ms-pageable")
        if pageable is not None and pageable.get("nextLinkName") not in NEXT_LINKS:
            yield operation.id
