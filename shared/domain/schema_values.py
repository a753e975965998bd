"""Values in a schema: defaults and choices, which are of its type, or none.

A type is one of JSON Schema's by its name; None where it is not known.
"""

from typing import Any

from shared.domain.amounts import Number, exact
from shared.domain.strict_json import InvalidJsonError, compact, parse

CHOICES_LIMIT = 500


def choices_in(told: Any, kind: str | None) -> list[Any]:
    """List the values to choose from, each once, in their order; structures are none."""
    listed = told[:CHOICES_LIMIT] if isinstance(told, list) else []
    found = {compact(each): each for each in listed if _is_scalar(each) and _is_of(each, kind)}
    return list(found.values())


def default_in(told: Any, kind: str | None) -> Any:
    """Read a default; one of another type is made of the type, if its text is one, or none.

    Dataverse writes "" where nothing is said, of a number too, so that is no default.
    """
    if told is None or told == "":
        return None
    if kind == "string" and _is_scalar(told) and not isinstance(told, str):
        return compact(told)
    if isinstance(told, str) and kind not in (None, "string"):
        told = _value_in(told.strip(), kind)
    elif isinstance(told, list | dict):
        told = _value_in(_json(told), kind)  # it is nested too deeply, or comes back as it is
    return told if _is_of(told, kind) else None


def _value_in(text: str, kind: str | None) -> Any:
    """Read a value that is written in a text."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.lower())
    try:
        return parse(text.encode("utf-8", "replace"))
    except InvalidJsonError:
        return None


def _json(value: Any) -> str:
    try:
        return compact(value)
    except InvalidJsonError:
        return ""


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | Number)


def _is_of(value: Any, kind: str | None) -> bool:
    """Say whether a value is of a type, strictly."""
    if kind == "integer":
        number = exact(value)
        return number is not None and number == number.to_integral_value()
    if kind == "number":
        return exact(value) is not None
    expected = {"string": str, "boolean": bool, "array": list, "object": dict}
    return value is not None and (kind is None or type(value) is expected[kind])
