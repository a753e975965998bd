"""Workflow definitions of Logic Apps: their actions, and the expressions in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

_INTERPOLATED = re.compile(r"@\{([^}]*)\}")
_STEP = re.compile(r"\?\['([^']+)'\]")
_CALL = re.compile(r"(\w+)\(('([^']*)')?\)((?:\?\['[^']+'\])*)")


@dataclass(frozen=True)
class Reference:
    """What an expression refers to: `body('Run')?['outputs']` is body, Run and (outputs,)."""

    function: str
    argument: str | None
    steps: tuple[str, ...]


def expressions(value: Any) -> Iterator[str]:
    """Give each expression in a value, without what marks it as one."""
    if isinstance(value, dict):
        for each in value.values():
            yield from expressions(each)
    elif isinstance(value, list):
        for each in value:
            yield from expressions(each)
    elif isinstance(value, str):
        interpolated = _INTERPOLATED.findall(value)
        if interpolated:
            yield from interpolated
        elif value.startswith("@"):
            yield value[1:]


def reference(expression: str) -> Reference:
    """Read an expression that is one reference; raises AssertionError for anything else."""
    found = _CALL.fullmatch(expression)
    assert found is not None, f"{expression} is more than one reference"
    return Reference(found[1], found[3], tuple(_STEP.findall(found[4])))


def without_expressions(value: Any) -> Any:
    """Give a value with a text in the place of each expression."""
    if isinstance(value, dict):
        return {name: without_expressions(each) for name, each in value.items()}
    if isinstance(value, str):
        return "x" if value.startswith("@") else _INTERPOLATED.sub("x", value)
    return value
