"""JSON has one meaning or none: what two readers could read differently is refused."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.strict_json import NESTING_LIMIT, InvalidJsonError, compact, parse

EXAMPLES = settings(max_examples=200, deadline=None, derandomize=True)
texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)


@EXAMPLES
@given(value=values)
def test_what_is_written_reads_back_the_same(value: object) -> None:
    assert parse(compact(value).encode()) == value


@EXAMPLES
@given(value=values, indent=st.sampled_from((None, 2)), ascii_only=st.booleans())
def test_any_way_to_write_json_is_read(value: object, indent: int | None, ascii_only: bool) -> None:
    assert parse(json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()) == value


@EXAMPLES
@given(text=st.binary(max_size=40))
def test_any_bytes_are_json_or_refused(text: bytes) -> None:
    """Nothing a caller sends makes an error of another kind."""
    with contextlib.suppress(InvalidJsonError):
        compact(parse(text))


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert parse(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


def test_it_is_written_without_spaces_and_escapes() -> None:
    assert compact({"a": [1, "Grüße"], "b": None}) == '{"a":[1,"Grüße"],"b":null}'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "Expecting value at character 0"),
        (b"{", "Expecting property name enclosed in double quotes at character 1"),
        (b"{'a': 1}", "Expecting property name enclosed in double quotes at character 1"),
        (b'{"a": 1} x', "Extra data at character 9"),
        (b'{"a": 1, "a": 1}', "the name 'a' is given twice"),
        (b'[{"b": {"a": 1, "\\u0061": 2}}]', "the name 'a' is given twice"),
        (b"NaN", "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b'"\xff"', "it is not UTF-8 at byte 1"),
        (b'"\xed\xa0\x80"', "it is not UTF-8 at byte 1"),
        ('{"a": 1}'.encode("utf-16"), "it is not UTF-8 at byte 0"),
        (b'"\\ud83e"', "it holds half of a surrogate pair"),
        (b'{"\\udd16": 1}', "it holds half of a surrogate pair"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"a":' * 100_000, "it is nested too deeply"),
    ],
)
def test_what_has_no_one_meaning_is_refused_with_the_reason(text: bytes, reason: str) -> None:
    with pytest.raises(InvalidJsonError) as caught:
        parse(text)
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    "number",
    [
        "1234567890123456.78",
        "0.10",
        "119.00",
        "3.0",
        "-0",
        "-0.0",
        "1E400",
        "1e-400",
        "-1.50E+07",
        "9007199254740993",
        "0.1000000000000000055511151231257827",
        "1" * 100,
        "1" * 5_000,
        f"0.{'1' * 5_000}",
    ],
)
@pytest.mark.parametrize("around", ['{"a":%s}', "[%s]", "%s", '{"a":[{"b":"x"},%s,null]}'])
def test_a_number_is_written_digit_by_digit_as_it_was_read(number: str, around: str) -> None:
    """It may be an amount of money; Python's own numbers made 1234567890123456.8 of the first."""
    assert compact(parse((around % number).encode())) == around % number


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse(b'"\\ud83e\\udd16"') == "\U0001f916"


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
def test_nesting_has_a_limit_of_its_own(opening: str, closing: str) -> None:
    """Not the reader's stack: what is accepted here can be read again anywhere."""
    levels = NESTING_LIMIT // len(closing)
    accepted = opening * levels + "1" + closing * levels
    assert compact(parse(accepted.encode())) == accepted
    with pytest.raises(InvalidJsonError, match="nested more than 100 levels deep"):
        parse(f"[{accepted}]".encode())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": "\ud800"}])
def test_what_is_not_json_is_not_written(value: object) -> None:
    with pytest.raises(InvalidJsonError):
        compact(value)


def test_a_value_without_end_is_not_written() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(InvalidJsonError):
        compact(endless)


def test_a_name_that_is_given_twice_is_told_in_brief() -> None:
    name = "x" * 1_000
    with pytest.raises(InvalidJsonError) as caught:
        parse(f'{{"{name}": 1, "{name}": 2}}'.encode())
    assert len(str(caught.value)) < 150
