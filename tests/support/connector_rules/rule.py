"""What a rule is, and how it finds its way in a document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Check = Callable[[Json], Iterator[str]]

RULES: dict[str, Callable[[Json], list[str]]] = {}

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")


def rule(name: str) -> Callable[[Check], Check]:
    """Register a rule by its name."""

    def register(check: Check) -> Check:
        assert name not in RULES
        RULES[name] = lambda document: list(check(document))
        return check

    return register


@dataclass(frozen=True)
class Operation:
    """One operation of a document."""

    path: str
    method: str
    item: Json
    body: Json

    @property
    def id(self) -> str:
        return str(self.body.get("operationId", f"{self.method} {self.path}"))

    @property
    def parameters(self) -> list[Json]:
        return [*self.item.get("parameters", []), *self.body.get("parameters", [])]

    @property
    def responses(self) -> Json:
        return dict(self.body.get("responses", {}))

    @property
    def internal(self) -> bool:
        return self.body.get("x-ms-visibility") == "internal"

    @property
    def of_a_webhook(self) -> bool:
        return "x-ms-notification-content" in self.item and self.method == "post"


def operations(document: Json) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield Operation(path, method, item, item[method])


def operation_of(document: Json, name: str) -> Operation | None:
    return next((each for each in operations(document) if each.id == name), None)


def resolved(document: Json, schema: Json) -> Json:
    """Follow a reference; what leads nowhere is an empty schema."""
    seen: set[str] = set()
    while "$ref" in schema and schema["$ref"] not in seen:
        seen.add(schema["$ref"])
        schema = document["definitions"].get(schema["$ref"].rpartition("/")[2], {})
    return {} if "$ref" in schema else schema


def roots(document: Json) -> Iterator[tuple[str, Json]]:
    """Give each schema that stands by itself, with where it stands."""
    for operation in operations(document):
        for parameter in operation.parameters:
            if parameter.get("in") == "body":
                yield f"{operation.id} body", parameter.get("schema", {})
            else:
                yield f"{operation.id} {parameter.get('name')}", parameter
        for status, response in operation.responses.items():
            if "schema" in response:
                yield f"{operation.id} {status}", response["schema"]
    for path, item in document["paths"].items():
        if "x-ms-notification-content" in item:
            yield f"{path} notification", item["x-ms-notification-content"].get("schema", {})
    yield from document["definitions"].items()


def schemas(document: Json) -> Iterator[tuple[str, Json]]:
    """Give every schema once, with where it stands: references are not followed."""
    for where, root in roots(document):
        yield from _within(where, root)


def _within(where: str, schema: Json) -> Iterator[tuple[str, Json]]:
    yield where, schema
    for name, each in schema.get("properties", {}).items():
        yield from _within(f"{where}.{name}", each)
    if isinstance(schema.get("items"), dict):
        yield from _within(f"{where}[]", schema["items"])


@dataclass(frozen=True)
class Reached:
    """A schema that is reached from a root; `required`, `internal`: all the way, or somewhere."""

    path: tuple[str, ...]
    schema: Json
    required: bool
    internal: bool


def reached(document: Json, root: Json) -> Iterator[Reached]:
    """Follow a schema into its properties, by references too; a loop is followed once."""
    start = Reached((), root, required=True, internal=False)
    yield from _reached(document, start, frozenset())


def _reached(document: Json, here: Reached, behind: frozenset[str]) -> Iterator[Reached]:
    reference = here.schema.get("$ref")
    if reference in behind:
        return
    schema = resolved(document, here.schema)
    internal = here.internal or schema.get("x-ms-visibility") == "internal"
    yield Reached(here.path, schema, here.required, internal)
    behind |= {reference} if reference else frozenset()
    for name, each in schema.get("properties", {}).items():
        needed = here.required and name in schema.get("required", [])
        yield from _reached(document, Reached((*here.path, name), each, needed, internal), behind)
    if isinstance(schema.get("items"), dict):
        items = Reached((*here.path, "[]"), schema["items"], here.required, internal)
        yield from _reached(document, items, behind)


def success_schema(document: Json, operation: Operation) -> Json:
    """Give what an operation answers with when all is well."""
    for status in ("200", "201"):
        if "schema" in operation.responses.get(status, {}):
            return resolved(document, operation.responses[status]["schema"])
    return {}


def at(document: Json, schema: Json, path: str) -> Json | None:
    """Give the schema at a path such as `value/name`; None where nothing is declared there."""
    here: Json | None = schema
    for step in filter(None, path.split("/")):
        here = resolved(document, here).get("properties", {}).get(step) if here else None
    return None if here is None else resolved(document, here)
