"""Amounts: numbers of JSON, digit by digit, and when two of them have the same value."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.amounts import (
    Number,
    as_doubles,
    read_float,
    read_int,
    same_number,
    whole_number,
)
from shared.domain.strict_json import compact, parse

EXAMPLES = settings(max_examples=300, deadline=None, derandomize=True)
numbers = st.from_regex(
    r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?", fullmatch=True
)


@EXAMPLES
@given(number=numbers)
def test_any_number_keeps_its_digits(number: str) -> None:
    assert compact(parse(f'{{"a":{number}}}'.encode())) == f'{{"a":{number}}}'


@EXAMPLES
@given(value=st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_is_read_as_pythons_own(value: float) -> None:
    read = read_int if isinstance(value, int) else read_float
    found = read(json.dumps(value))
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (Number("1.00"), 1),
        (Number("1E2"), 100),
        (Number("0.10"), 0.1),
        (Number("1e400"), Number("10E399")),
        (Number("-0"), 0),
        (Number("1e99999999999999999999"), Number("1e99999999999999999999")),
    ],
)
def test_numbers_of_one_value_are_the_same_however_they_are_written(
    one: object, other: object
) -> None:
    assert same_number(one, other)
    assert same_number(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Number("1234567890123456.78"), 1234567890123456.8),
        (Number("0.1000000000000000055"), 0.1),
        (9007199254740993, 9007199254740992.0),
        (Number("1e-400"), 0),
        (Number("1e99999999999999999999"), Number("2e99999999999999999999")),
        (True, 1),
        ("1", 1),
        (None, 0),
        (float("nan"), float("nan")),
        (float("inf"), float("inf")),
    ],
)
def test_what_differs_in_the_last_digit_or_is_no_number_is_not_the_same(
    one: object, other: object
) -> None:
    assert not same_number(one, other)
    assert not same_number(other, one)


@pytest.mark.parametrize(
    "text",
    ['{"a":119.00}', '{"a":[1234567890123456.78,{"b":-0}]}', '{"a":[[1E400]],"b":"1.00"}', "0.10"],
)
def test_as_doubles_numbers_are_what_pythons_own_reader_makes_of_them(text: str) -> None:
    assert as_doubles(parse(text.encode())) == json.loads(text)


def test_a_number_longer_than_python_reads_is_a_double_too() -> None:
    assert as_doubles([Number("9" * 5_000)]) == [float("inf")]


@pytest.mark.parametrize("value", [3, 3.0, Number("3.00"), Number("3e0"), Number("0.3E1")])
def test_a_whole_number_may_be_written_in_any_way(value: object) -> None:
    assert whole_number(value, 1, 10) == 3


@pytest.mark.parametrize(
    "value",
    [
        *(3.5, True, "3", None, [3], 0, 11, float("nan"), float("inf")),
        *map(Number, ("3.01", "1e-999999999", "1E999999999", "1e99999999999999999999")),
    ],
)
def test_what_is_no_whole_number_within_bounds_is_none(value: object) -> None:
    assert whole_number(value, 1, 10) is None
