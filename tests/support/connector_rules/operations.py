"""Rules about operations: their names, paths and answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations

from tests.support.connector_rules.rule import Json, operations, rule

_VARIABLE = re.compile(r"\{[^{}]*\}")
_DESIGNER = ("200", "201")


def _template(path: str) -> str:
    return _VARIABLE.sub("{}", path)


@rule("OperationIdRequired")
def id_required(document: Json) -> Iterator[str]:
    yield from (each.id for each in operations(document) if not each.body.get("operationId"))


@rule("OperationIdSanitized")
def id_sanitized(document: Json) -> Iterator[str]:
    for operation in operations(document):
        name = operation.body.get("operationId", "A")
        if not name.isalnum() or not name.isascii():
            yield name


@rule("OperationIdNotUnique")
def id_unique(document: Json) -> Iterator[str]:
    named = Counter(each.body.get("operationId", each.id) for each in operations(document))
    yield from (name for name, count in named.items() if count > 1)


@rule("OperationMustHaveResponse")
def response(document: Json) -> Iterator[str]:
    yield from (each.id for each in operations(document) if not each.responses)


@rule("OperationShouldHaveSuccessfulResponse")
def success(document: Json) -> Iterator[str]:
    for operation in operations(document):
        statuses = operation.responses
        if statuses and not any(status.startswith("2") for status in statuses):
            yield operation.id


@rule("OperationHasManyResponsesWithSchema")
def one_schema(document: Json) -> Iterator[str]:
    for operation in operations(document):
        shown = [status for status in operation.responses if status != "default"]
        if sum("schema" in operation.responses[status] for status in shown) > 1:
            yield operation.id


@rule("SchemaDefinitionSetIncorrectly")
def schema_for_the_designer(document: Json) -> Iterator[str]:
    for operation in operations(document):
        if operation.internal or operation.of_a_webhook or not operation.responses:
            continue
        if not any("schema" in operation.responses.get(status, {}) for status in _DESIGNER):
            yield operation.id


@rule("DefaultResponseHasSchema")
def default_schema(document: Json) -> Iterator[str]:
    for operation in operations(document):
        if "schema" in operation.responses.get("default", {}):
            yield operation.id


@rule("ResponseMustBeDefaultOrHttpStatusCode")
def status_codes(document: Json) -> Iterator[str]:
    for operation in operations(document):
        for status in operation.responses:
            if status != "default" and not re.fullmatch(r"[1-5]\d\d", status):
                yield f"{operation.id} {status}"


@rule("BodyOrFormDataParameterInFetchOperationNotAllowed")
def fetch_without_body(document: Json) -> Iterator[str]:
    for operation in operations(document):
        sent = {each.get("in") for each in operation.parameters}
        if operation.method == "get" and sent & {"body", "formData"}:
            yield operation.id


@rule("OperationPathMustStartWithSlash")
def leading_slash(document: Json) -> Iterator[str]:
    yield from (path for path in document["paths"] if not path.startswith("/"))


@rule("OperationPathMayNotContainQueryOrFragment")
def plain_path(document: Json) -> Iterator[str]:
    yield from (path for path in document["paths"] if re.search(r"[?#]", path))


@rule("OperationPathContainsUnsupportedCharacters")
def supported_path(document: Json) -> Iterator[str]:
    yield from (path for path in document["paths"] if "*" in path)


@rule("OperationPathTemplateNotValid")
def template(document: Json) -> Iterator[str]:
    """Each variable stands within one segment, and each brace is one of a variable."""
    for path in document["paths"]:
        if any(re.search(r"[{}]", _VARIABLE.sub("", each)) for each in path.split("/")):
            yield path


@rule("OperationPathVariablesContainDefaults")
def no_defaults(document: Json) -> Iterator[str]:
    for path in document["paths"]:
        yield from (f"{path} {each}" for each in _VARIABLE.findall(path) if "=" in each)


@rule("PathRedefined")
def one_case(document: Json) -> Iterator[str]:
    counted = Counter(path.lower() for path in document["paths"])
    yield from (path for path, count in counted.items() if count > 1)


@rule("DuplicateOperationPath")
def distinct_paths(document: Json) -> Iterator[str]:
    for one, other in combinations(document["paths"], 2):
        if one.lower() != other.lower() and _template(one) == _template(other):
            yield f"{one} and {other}"


@rule("PartialDuplicateOperationPath")
def no_literal_beside_a_variable(document: Json) -> Iterator[str]:
    """Whether methods are compared is not documented: so they are not."""
    for one, other in combinations(map(_template, document["paths"]), 2):
        pairs = list(zip(one.split("/"), other.split("/"), strict=False))
        same_length = one.count("/") == other.count("/")
        differ = [pair for pair in pairs if pair[0].lower() != pair[1].lower()]
        if same_length and differ and all("{}" in pair for pair in differ):
            yield f"{one} and {other}"
