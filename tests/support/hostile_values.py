"""Values that a kind of field never accepts: as JSON in a body, and as texts beside one."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from shared.api.operations import Parameter
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

Values = st.SearchStrategy[Any]

SCALARS: Values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
)
NOT_TEXT: Values = (
    st.booleans() | st.integers() | st.lists(SCALARS, max_size=2) | st.just(dict[str, Any]())
)
NOT_WHOLE: Values = (
    st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: value % 1 > 0)
    | st.booleans()
    | st.lists(st.integers(), max_size=1)
)
UNSEEN = ("", " ", "nul\0", "\u202ered", "\x1b[31m", "tab\there")
NO_GUIDS = ("{8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a01", "8f6c1d52", "0" * 36)
NO_MOMENTS = ("2099-13-01T00:00:00Z", "2099-W01-1", "20990101", "tomorrow", "2099-01-01T25:00Z")
NO_ADDRESSES = (
    "https://",
    "ftp://a.example.org/",
    "//a.example.org/",
    "https://u:p@a.example.org/",
)
NO_INPUTS = ("", "{", "[]", "null", "1", '{"a":1,"a":2}', '{"a":NaN}', '"{}"', "{}{}")


def bad_value(kind: Kind) -> Values:
    """Make JSON values, none of them null, that a field of this kind refuses."""
    values: Values
    match kind:
        case Whole(least=least, most=most):
            values = NOT_WHOLE | _beyond(least, most)
        case Number(choices=numbers):
            values = NOT_WHOLE | _beyond(min(numbers), max(numbers))
        case Flag():
            values = st.integers() | st.text(max_size=5) | st.lists(st.booleans(), max_size=1)
        case Inputs():
            no_object = st.booleans() | st.integers() | st.lists(SCALARS, max_size=3)
            values = no_object | st.sampled_from(NO_INPUTS)
        case Several():
            values = SCALARS.filter(lambda value: value is not None) | st.just(["Unheard-of"])
        case Items(most=most):
            no_list = st.booleans() | st.integers() | st.text(max_size=5)
            values = no_list | st.sampled_from([[], {}, [{}] * (most + 1)])
        case _:
            values = NOT_TEXT | _bad_line(kind)
    return values


def bad_text(parameter: Parameter) -> st.SearchStrategy[str]:
    """Make texts that a parameter of the query, or a header, refuses."""
    odd = st.sampled_from
    match parameter.shape:
        case Whole(least=least, most=most):
            return odd([str(least - 1), str(most + 1), "1.5", "+1", "01", "x", "1e1"])
        case Number():
            return odd(["0", "7", "-1", "1.5", "one"])
        case Flag():
            return odd(["yes", "1", "0", "null", "truthy"])
        case Several():
            return odd(["Unheard-of", "queued", ",", "Queued,,Running"])
        case kind:
            return _bad_line(kind)


def _bad_line(kind: Any) -> st.SearchStrategy[str]:
    """Make texts that are not of a kind of texts."""
    few, odd = st.text(max_size=10), list[str]()
    match kind:
        case Guid():
            return st.text(max_size=30) | st.sampled_from(NO_GUIDS)
        case Moment():
            return few | st.sampled_from(NO_MOMENTS)
        case Address():
            return few | st.sampled_from(NO_ADDRESSES)
        case Line(longest=longest):
            odd = [" padded", "padded ", "line\nbreak", "x" * (longest + 1)]
        case Words(longest=longest):
            odd = ["x" * (longest + 1)]
        case Key(longest=longest):
            odd = [" a", "a ", "\u00e4", "x" * (longest + 1)]
        case Token(longest=longest):
            odd = ["a b", "\u00e4", "x" * (longest + 1)]
        case Choice(choices=choices):
            odd = [*(f"{each} " for each in choices), "UNHEARD-OF"]
        case _:
            raise TypeError(f"no bad values are known of {kind}")
    return st.sampled_from([*UNSEEN, *odd])


def _beyond(least: int, most: int) -> Values:
    return st.integers(max_value=least - 1) | st.integers(min_value=most + 1)
