"""Kinds and shapes of values in words, for pages that people read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shared.api.shapes import Answer, Free, ListOf, OneOf, Plain, Shape
from shared.domain.kinds import (
    Address,
    Choice,
    Flag,
    Guid,
    Inputs,
    Key,
    Kind,
    Line,
    Moment,
    Number,
    Token,
    Whole,
    Words,
)
from shared.domain.list_kinds import Items, Several

_PLAIN = {
    "boolean": "true or false",
    "date-time": "a time",
    "integer": "a whole number",
    "string": "a text",
    "uuid": "a GUID",
}


def kind_in_words(kind: Kind) -> str:
    """Say what a kind of value accepts."""
    said: str
    match kind:
        case Guid():
            said = "a GUID"
        case Line(longest=longest) | Key(longest=longest) | Token(longest=longest):
            said = f"1 to {longest:,} characters in one line"
        case Words(longest=longest):
            said = f"a text of 1 to {longest:,} characters"
        case Choice(choices=choices) | Number(choices=choices):
            said = _or(each.value for each in choices)
        case Whole(least=least, most=most):
            said = f"{least:,} to {most:,}"
        case Flag():
            said = "true or false"
        case Moment():
            said = "a time"
        case Address():
            said = "an https address"
        case Inputs():
            said = "an object, or a string that holds one"
        case _:
            said = _list_in_words(kind)
    return said


def _list_in_words(kind: Kind) -> str:
    match kind:
        case Several(choices=choices):
            return f"some of {_or(each.value for each in choices)}"
        case Items(each=each, most=most):
            return f"1 to {most} of {link(each.name)}"
        case _:
            raise TypeError(f"nobody has put {kind} into words")


def shape_in_words(shape: Shape) -> str:
    match shape:
        case Plain(format=form, type=kind, longest=longest):
            said = {"uuid": "a GUID", "date-time": "a time"}.get(form or "")
            bounds = f" of 1 to {longest:,} characters" if longest else ""
            return (
                said or {"string": "a text", "integer": "a whole number"}.get(kind, kind) + bounds
            )
        case OneOf(values=values):
            return _or(values)
        case ListOf(shape=inner):
            return f"a list: {shape_in_words(inner)}"
        case Free():
            return "an object"
        case Answer(name=name):
            return link(name)


def link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def _or(values: Iterable[Any]) -> str:
    *most, last = (f"`{each}`" for each in values)
    return f"{', '.join(most)} or {last}" if most else last
