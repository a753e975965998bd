"""Bodies of requests, made from the fields that they may have: right and nearly right ones."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from shared.domain.fields import Body, Field
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
    Whole,
    Words,
)
from shared.domain.list_kinds import Items, Several

Strategy = st.SearchStrategy[Any]

FUTURE, LATE = datetime(2098, 1, 1), datetime(9990, 1, 1)  # noqa: DTZ001 - hypothesis wants no zone
ODD_CHARACTERS = [" ", "\n", "\u200b", "\u00e9", "\\", "#", "@", "x", "\x00"]

_leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
anything: Strategy = st.recursive(
    _leaves | st.text(max_size=8),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=4,
)


def requests_of(body: Body) -> Strategy:
    """Make bodies of requests: some right, some with a fault or two, some not even objects."""
    required = {field.name: values_of(field) for field in body.fields if field.required}
    optional = {
        field.name: st.one_of(values_of(field), st.none(), anything)
        for field in body.fields
        if not field.required
    }
    whole = st.fixed_dictionaries(required, optional=optional)
    plain = st.fixed_dictionaries({name: good_values(body, name) for name in required})
    names = st.sampled_from([*(body.refused or {}), "Unknown", ""])
    strange = st.builds(lambda fields, name: fields | {name: "x"}, whole, names)
    lacking = st.fixed_dictionaries({}, optional=required | optional)
    return st.one_of(plain, whole, strange, lacking, anything)


def good_values(body: Body, name: str) -> Strategy:
    """Give a value of a field that is accepted."""
    return st.sampled_from([field.example for field in body.fields if field.name == name])


def values_of(field: Field) -> Strategy:
    """Make values for a field, most of them good, at their bounds and just beyond them too."""
    kind, odd = field.kind, st.sampled_from
    values: Strategy
    match kind:
        case Line() | Words() | Address() | Key():
            good = _matching(kind.pattern)
            long = odd(["x" * kind.longest, "x" * (kind.longest + 1), "\u00e9\U0001f600"])
            values = st.one_of(good, long, st.text(max_size=5), _broken(good))
        case Guid():
            good = st.uuids().map(str)
            braced = good.map(lambda text: f"{{{text.upper()}}}")
            values = st.one_of(good, braced, _broken(good))
        case Choice(choices=choices):
            values = odd([*map(str, choices), choices.__name__.upper(), ""])
        case Number(choices=numbers):
            values = odd([*map(int, numbers), *map(float, numbers), 0, 3, 1.5, True, "1"])
        case Whole(least=least, most=most):
            bounds = odd([least - 1, least, most, most + 1, float(most), least + 0.5, "1"])
            values = bounds | st.integers(least, most)
        case Flag():
            values = odd([True, False, 0, 1, "true"])
        case Moment():
            good = st.datetimes(min_value=FUTURE, max_value=LATE).map(datetime.isoformat)
            moments = ["2099-01-01", "2099-13-01T00:00:00Z", "tomorrow", "2099-W01-1", "20990101"]
            values = st.one_of(good, good.map(lambda text: f"{text[:19]}Z"), odd(moments))
        case Inputs():
            some = st.dictionaries(st.text(max_size=4), anything, max_size=3)
            values = st.one_of(some, some.map(json.dumps), odd(["", "{", "[]", "7", "{}"]))
        case _:
            values = _lists_of(kind)
    return values


def _lists_of(kind: Kind) -> Strategy:
    odd = st.sampled_from
    match kind:
        case Several(choices=choices):
            names = [*map(str, choices)]
            return st.one_of(
                st.lists(odd(names), max_size=3),
                st.lists(anything, max_size=2),
                odd(["", *names]),
            )
        case Items(most=most):
            bounds: list[Any] = [[], [{}] * most, [{}] * (most + 1), {}]
            return st.lists(anything, min_size=1, max_size=3) | odd(bounds)
        case _:
            raise TypeError(f"no values are known of {kind}")


def _matching(pattern: str) -> Strategy:
    return st.from_regex(pattern.replace("$", r"\Z"), fullmatch=True)


def _broken(good: Strategy) -> Strategy:
    """Put a character into a good text, where it may or may not do harm."""

    def put(text: str, at: int, character: str) -> str:
        place = at % (len(text) + 1)
        return text[:place] + character + text[place:]

    return st.builds(put, good, st.integers(0, 60), st.sampled_from(ODD_CHARACTERS))
