"""Amounts: numbers of JSON that keep the digits they were written with.

A double holds 15 to 17 digits, and Python writes even those in its own way: 1234567890123456.78
would leave as 1234567890123456.8, and 119.00 as 119.0. A number that Python writes back digit by
digit is an int or a float; any other is a Number, which is its own text.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

_DIGITS_OF_AN_INT = 4_300
"""Python refuses to read longer ones, as that takes time by the square of their length."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was written: valid JSON, of any size and precision."""

    text: str


def read_int(text: str) -> int | Number:
    """Read a whole number of JSON (`json.loads(parse_int=…)`)."""
    return int(text) if text != "-0" and _fits(text) else Number(text)


def read_float(text: str) -> float | Number:
    """Read a number with a fraction or an exponent (`json.loads(parse_float=…)`)."""
    value = float(text)
    return value if repr(value) == text else Number(text)


def exact(value: object) -> Decimal | None:
    """Give the value of a number of JSON as it stands; None for what is none, or beyond Decimal."""
    if isinstance(value, bool) or not isinstance(value, int | float | Number):
        return None
    try:
        found = Decimal(value.text if isinstance(value, Number) else repr(value))
    except (InvalidOperation, ValueError):
        return None
    return found if found.is_finite() else None


def same_number(one: object, other: object) -> bool:
    """Say whether two numbers of JSON have the same value exactly, however they are written."""
    if isinstance(one, Number) and one == other:
        return True
    value = exact(one)
    return value is not None and value == exact(other)


def as_doubles(value: Any) -> Any:
    """Give a value of JSON with numbers as Python's own, for comparing what another may round."""
    match value:
        case Number(text=text):
            return float(text)
        case dict():
            return {name: as_doubles(member) for name, member in value.items()}
        case list():
            return [as_doubles(item) for item in value]
        case _:
            return value


def whole_number(value: object, least: int, most: int) -> int | None:
    """Give a whole number between bounds, written in any way (3, 3.0, 3e0); None for the rest."""
    found = exact(value)
    if found is None or not least <= found <= most or found != int(found):
        return None
    return int(found)


def comparable_int(text: str) -> int | str:
    """Read a whole number for a fingerprint (`json.loads(parse_int=…)`)."""
    return int(text) if _fits(text) else _marked(text)


def comparable_float(text: str) -> float | str:
    """Read another number for a fingerprint (`json.loads(parse_float=…)`).

    Fingerprints of earlier versions knew doubles only, and stand in the table for a month. So a
    number whose value a double keeps is that double, as ever; the others are told apart by their
    value.
    """
    value = float(text)
    return value if isfinite(value) and same_number(value, Number(text)) else _marked(text)


def _fits(text: str) -> bool:
    return len(text.lstrip("-")) <= _DIGITS_OF_AN_INT


def _marked(text: str) -> str:
    """Write a number as a text that no text of a request can be: with half a surrogate pair."""
    value = exact(Number(text))
    if value is None:
        return f"\ud800{text.lower()}"
    sign, digits, exponent = value.as_tuple()
    kept = "".join(map(str, digits)).rstrip("0")
    return f"\ud800{sign}:{kept}e{int(exponent) + len(digits) - len(kept)}"
