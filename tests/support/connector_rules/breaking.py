"""Ways to break a definition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.connector_rules.rule import Json

Break = Callable[[Json], None]


def put(path: str, value: Any) -> Break:
    """Put a value at a path of keys and numbers; a list may grow by one."""

    def broken(document: Json) -> None:
        here, last = _found(document, path)
        if isinstance(here, list):
            here[int(last) : int(last) + 1] = [value]
        else:
            here[last] = value

    return broken


def drop(path: str) -> Break:
    """Take away what is at a path."""

    def broken(document: Json) -> None:
        here, last = _found(document, path)
        del here[int(last) if isinstance(here, list) else last]

    return broken


def move(path: str, to: str) -> Break:
    """Have an operation answer at another path, alone."""

    def broken(document: Json) -> None:
        document["paths"][to] = document["paths"].pop(path)

    return broken


def copy(path: str, to: str, name: str) -> Break:
    """Offer what is at a path at another one too, under another name."""

    def broken(document: Json) -> None:
        operation = document["paths"][path]["get"]
        document["paths"][to] = {"get": operation | {"operationId": name}}

    return broken


def many(count: int) -> Break:
    def broken(document: Json) -> None:
        for number in range(count):
            copy("/lanes", f"/lanes{number}", f"ListLanes{number}")(document)

    return broken


def deep(levels: int) -> Break:
    def broken(document: Json) -> None:
        schema: Json = {"type": "string"}
        for _ in range(levels):
            schema = {"type": "object", "properties": {"inner": schema}}
        document["definitions"]["Run"]["properties"]["deep"] = schema

    return broken


def wide(count: int) -> Break:
    def broken(document: Json) -> None:
        fields = document["definitions"]["StartRunRequest"]["properties"]
        fields |= {f"field{number}": {"type": "string"} for number in range(count)}

    return broken


def with_parameter(operation: str, parameter: Json) -> Break:
    def broken(document: Json) -> None:
        _, path, method = operation.split(" > ")
        document["paths"][path][method]["parameters"].append(parameter)

    return broken


def _found(document: Json, path: str) -> tuple[Any, str]:
    """Give what holds the end of a path, and the name of that end."""
    *steps, last = path.split(" > ")
    here: Any = document
    for step in steps:
        here = here[int(step)] if isinstance(here, list) else here[step]
    return here, last
