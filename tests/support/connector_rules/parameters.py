"""Rules about parameters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tests.support.connector_rules.rule import Json, Operation, operations, rule

RESERVED_HEADERS = {"authorization", "content-type", "accept"}
COLLECTION_FORMATS = {"csv", "multi", "ssv", "tsv", "pipes"}


def _parameters(document: Json) -> Iterator[tuple[Operation, Json]]:
    for operation in operations(document):
        yield from ((operation, each) for each in operation.parameters)


def _variables(operation: Operation) -> set[str]:
    return set(re.findall(r"\{([^{}=]*)[^{}]*\}", operation.path))


def _of_the_path(operation: Operation) -> set[str]:
    return {str(each["name"]) for each in operation.parameters if each.get("in") == "path"}


@rule("OperationMissingPathParameter")
def missing(document: Json) -> Iterator[str]:
    for operation in operations(document):
        for name in sorted(_variables(operation) - _of_the_path(operation)):
            yield f"{operation.id} {name}"


@rule("PathParameterNotDefinedInTemplate")
def undefined(document: Json) -> Iterator[str]:
    for operation in operations(document):
        for name in sorted(_of_the_path(operation) - _variables(operation)):
            yield f"{operation.id} {name}"


@rule("PathParameterMustBeRequired")
def required(document: Json) -> Iterator[str]:
    for operation, each in _parameters(document):
        if each.get("in") == "path" and each.get("required") is not True:
            yield f"{operation.id} {each['name']}"


@rule("PathParameterMissingEncoding")
def encoding(document: Json) -> Iterator[str]:
    for operation, each in _parameters(document):
        known = ("single", "double")
        if each.get("in") == "path" and each.get("x-ms-url-encoding") not in known:
            yield f"{operation.id} {each['name']}"


@rule("QueryParameterEncodingNotSupported")
def query_encoding(document: Json) -> Iterator[str]:
    for operation, each in _parameters(document):
        if each.get("in") != "path" and "x-ms-url-encoding" in each:
            yield f"{operation.id} {each['name']}"


@rule("ConnectionIdParameterNotAllowed")
def connection_id(document: Json) -> Iterator[str]:
    for operation, each in _parameters(document):
        if str(each["name"]).lower() == "connectionid":
            yield operation.id


@rule("ReservedParameterIsUsed")
def reserved(document: Json) -> Iterator[str]:
    """Headers that the connection or the engine writes; the list is not documented in full."""
    schemes = document.get("securityDefinitions", {}).values()
    keys = {str(each.get("name", "")).lower() for each in schemes}
    for operation, each in _parameters(document):
        if each.get("in") == "header" and str(each["name"]).lower() in RESERVED_HEADERS | keys:
            yield f"{operation.id} {each['name']}"


@rule("OperationParametersContainDuplicateParameter")
def duplicates(document: Json) -> Iterator[str]:
    for operation in operations(document):
        there = Counter((each["name"], each.get("in")) for each in operation.parameters)
        yield from (f"{operation.id} {name}" for (name, _), count in there.items() if count > 1)


@rule("OperationParametersContainMultipleBodyParameters")
def one_body(document: Json) -> Iterator[str]:
    for operation in operations(document):
        if sum(each.get("in") == "body" for each in operation.parameters) > 1:
            yield operation.id


@rule("ParameterListContainsFormDataAndBody")
def body_or_form(document: Json) -> Iterator[str]:
    for operation in operations(document):
        if {"body", "formData"} <= {each.get("in") for each in operation.parameters}:
            yield operation.id


@rule("BodyParameterSchemaRequired")
def body_schema(document: Json) -> Iterator[str]:
    for operation, each in _parameters(document):
        if each.get("in") == "body" and "schema" not in each:
            yield operation.id


@rule("BodyParameterPropertyNotValid")
def body_properties(document: Json) -> Iterator[str]:
    for operation, each in _parameters(document):
        wrong = {"type", "format", "enum", "items", "default"} & set(each)
        if each.get("in") == "body" and wrong:
            yield f"{operation.id} {sorted(wrong)}"


@rule("NonBodyParameterSchemaNotValid")
def schema_of_others(document: Json) -> Iterator[str]:
    for operation, each in _parameters(document):
        if each.get("in") != "body" and "schema" in each:
            yield f"{operation.id} {each['name']}"


@rule("CollectionFormatValueNotSupported")
def collections(document: Json) -> Iterator[str]:
    for operation, each in _parameters(document):
        if each.get("collectionFormat", "csv") not in COLLECTION_FORMATS:
            yield f"{operation.id} {each['name']}"


@rule("AllowEmptyValueOnlyValidForQueryFormData")
def empty_values(document: Json) -> Iterator[str]:
    for operation, each in _parameters(document):
        if "allowEmptyValue" in each and each.get("in") not in ("query", "formData"):
            yield f"{operation.id} {each['name']}"


@rule("InternalPropertyWithDefaultOptional")
def internal_parameters(document: Json) -> Iterator[str]:
    """Of parameters; `PropertyMustBeRequired` is the same of what stands in a body."""
    for operation, each in _parameters(document):
        hidden = each.get("x-ms-visibility") == "internal" and "default" in each
        if each.get("in") != "body" and hidden and not each.get("required"):
            yield f"{operation.id} {each['name']}"
