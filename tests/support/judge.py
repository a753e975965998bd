"""A judge of JSON by JSON Schema that knows nothing of the app, and takes every word of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

_formats = FormatChecker(formats=())


@_formats.checks("date-time")
def _is_a_moment(value: object) -> bool:
    """Say whether a text is a moment of the calendar, from 1970 to 9999."""
    if not isinstance(value, str):
        return True
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return False
    return moment.replace(tzinfo=None) >= datetime(1970, 1, 2)  # noqa: DTZ001 - any zone will do


def _whole_pattern(
    validator: Any, pattern: str, value: Any, schema: Any
) -> Iterator[ValidationError]:
    """Match as ECMAScript does, where `$` is the very end and `\\d` an ASCII digit."""
    del validator, schema
    ecma = re.sub(r"\$$", r"\\Z", pattern)
    if isinstance(value, str) and not re.search(ecma, value, re.ASCII):
        yield ValidationError(f"does not match {pattern}")


def _content(validator: Any, inner: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
    """Judge the JSON in a text: JSON Schema itself leaves that to whoever likes to."""
    del schema
    if not isinstance(value, str):
        return
    try:
        content = json.loads(value)
    except ValueError:
        yield ValidationError("holds no JSON")
        return
    yield from validator.descend(content, inner)


_extend: Any = extend  # it has no annotations
_Judge = _extend(Draft202012Validator, {"pattern": _whole_pattern, "contentSchema": _content})


def judge(schema: dict[str, Any], **components: Any) -> Any:
    """Make a validator; `components`: the document whose `#/components/...` are referred to."""
    return _Judge(schema | components, format_checker=_formats)


def faults(schema: dict[str, Any], value: Any, document: dict[str, Any]) -> list[str]:
    """List what is wrong with a value by a schema of a document."""
    validator = judge(schema, components=document["components"])
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
