"""JSON read strictly: no doubled names, no NaN, no infinity, no lone surrogates.

A name given twice has no one meaning, and an invoice must not depend on which of them wins.
Numbers keep the digits that they were written with (amounts.py).
"""

import json
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring
from typing import Any

from shared.domain.amounts import Number, read_float, read_int
from shared.domain.codes.answers import INVALID_REQUEST
from shared.domain.errors import BrokerError

NESTING_LIMIT = 100
"""How many objects and arrays may stand in one another, so that no reader's stack is the limit."""


class InvalidJsonError(BrokerError, ValueError):
    """The text is not JSON that has one meaning; the message says why."""

    code = INVALID_REQUEST


def parse(text: bytes) -> Any:
    """Read UTF-8 JSON; raises InvalidJsonError."""
    try:
        value = json.loads(
            text.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=read_float,
            parse_int=read_int,
        )
        _refuse_depth(value)
        compact(value)
    except RecursionError:
        raise InvalidJsonError("it is nested too deeply") from None
    except UnicodeDecodeError as error:
        raise InvalidJsonError(f"it is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise InvalidJsonError(f"{error.msg} at character {error.pos}") from None
    return value


def compact(value: Any) -> str:
    """Write a JSON value in the fewest characters; raises InvalidJsonError where it has none."""
    try:
        text = _written(value)
        text.encode()
    except UnicodeEncodeError:
        raise InvalidJsonError("it holds half of a surrogate pair") from None
    except RecursionError:
        raise InvalidJsonError("it is nested too deeply") from None
    except ValueError:
        raise InvalidJsonError("it holds a number that is too large") from None
    return text


def _written(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except TypeError:  # it holds a Number, which the writer of the library does not know
        parts: list[str] = []
        _write(value, parts.append)
        return "".join(parts)


def _write(value: Any, put: Callable[[str], None]) -> None:
    match value:
        case Number():
            put(value.text)
        case str():
            put(encode_basestring(value))
        case dict():
            put("{")
            for position, (name, member) in enumerate(value.items()):
                put("," if position else "")
                put(encode_basestring(name))
                put(":")
                _write(member, put)
            put("}")
        case list():
            put("[")
            for position, item in enumerate(value):
                put("," if position else "")
                _write(item, put)
            put("]")
        case _:
            put(json.dumps(value, allow_nan=False))


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise InvalidJsonError(f"the name {name[:100]!r} is given twice")
        members[name] = value
    return members


def _refuse_depth(value: Any) -> None:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(NESTING_LIMIT):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise InvalidJsonError(f"it is nested more than {NESTING_LIMIT} levels deep")


def _refuse_constant(name: str) -> Any:
    raise InvalidJsonError(f"{name} is not JSON")
