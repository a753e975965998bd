"""Requests that must never be accepted: broken in every way that a caller may break one."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from tests.support.broker import valid_body

Json = Any

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
NOT_TEXT: st.SearchStrategy[Json] = (
    st.booleans() | st.integers() | st.lists(SCALARS, max_size=2) | st.just({})
)
BAD_TEXT = (
    NOT_TEXT
    | st.just("")
    | st.sampled_from([" padded", "padded ", "tab\there", "line\nbreak", "nul\0", "\u202ered"])
    | st.just("x" * 1_001)
)
NOT_WHOLE = (
    st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: value % 1 > 0)
    | st.booleans()
    | st.lists(st.integers(), max_size=1)
)
BAD_VALUES: dict[str, st.SearchStrategy[Json]] = {
    "workflowId": NOT_TEXT
    | st.text(max_size=40)
    | st.just("{8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a01"),
    "connectionName": BAD_TEXT,
    "connectionType": NOT_WHOLE | st.integers(max_value=0) | st.integers(min_value=3),
    "runMode": NOT_TEXT | st.sampled_from(["", "Attended", "attended ", "both"]),
    "runPriority": NOT_TEXT | st.sampled_from(["", "HIGH", "low", "urgent"]),
    "timeout": NOT_WHOLE | st.integers(max_value=0) | st.integers(min_value=86_401),
    "inputs": st.booleans()
    | st.integers()
    | st.lists(SCALARS, max_size=3)
    | st.sampled_from(["", "{", "[]", "null", "1", '{"a":1,"a":2}', '{"a":NaN}', '"{}"', "{}{}"]),
    "retries": NOT_WHOLE | st.integers(max_value=-1) | st.integers(min_value=11),
    "correlationId": BAD_TEXT,
    "callbackUrl": SCALARS,
}
REQUIRED = ("workflowId", "connectionName", "runMode")
KNOWN = {*BAD_VALUES, "idempotencyKey"}


def _text(value: Json) -> bytes:
    return json.dumps(value).encode()


@st.composite
def one_field_broken(draw: st.DrawFn) -> bytes:
    name = draw(st.sampled_from(sorted(BAD_VALUES)))
    return _text(valid_body(**{name: draw(BAD_VALUES[name])}))


@st.composite
def one_field_missing(draw: st.DrawFn) -> bytes:
    name = draw(st.sampled_from(REQUIRED))
    body = valid_body()
    del body[name]
    return _text(body | ({name: None} if draw(st.booleans()) else {}))


@st.composite
def one_field_too_many(draw: st.DrawFn) -> bytes:
    name = draw(st.text(max_size=20).filter(lambda text: text not in KNOWN))
    return _text(valid_body() | {name: draw(JSON)})


@st.composite
def cut_short(draw: st.DrawFn) -> bytes:
    text = _text(valid_body(inputs=draw(st.dictionaries(st.text(max_size=5), JSON, max_size=3))))
    return text[: draw(st.integers(0, len(text) - 1))]


@st.composite
def a_name_twice(draw: st.DrawFn) -> bytes:
    name = draw(st.sampled_from(REQUIRED))
    text = _text(valid_body())
    return text[:-1] + f', "{name}": {json.dumps(valid_body()[name])}}}'.encode()


@st.composite
def bytes_changed(draw: st.DrawFn) -> bytes:
    """Bytes that are no UTF-8, somewhere in a valid text."""
    text = _text(valid_body())
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from([b"\xff", b"\xc3\x28", b"\xed\xa0\x80"])) + text[at:]


NO_OBJECT = JSON.filter(lambda value: not isinstance(value, dict)).map(_text)
ODDITIES = st.sampled_from(
    [
        b"",
        b" ",
        b"NaN",
        b"Infinity",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"9" * 10_000,
        b"\xef\xbb\xbf",
        b'"\\ud800"',
        b'{"workflowId": 1e999}',
        b"{'workflowId': 1}",
        b"<xml/>",
        b"workflowId=1&runMode=attended",
    ]
)
HOSTILE = st.one_of(
    one_field_broken(),
    one_field_missing(),
    one_field_too_many(),
    cut_short(),
    a_name_twice(),
    bytes_changed(),
    NO_OBJECT,
    ODDITIES,
    st.binary(max_size=200).filter(lambda content: content[:1] != b"{"),
)
