"""Requests that must never be accepted, made from the description: broken in every way there is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import azure.functions as func
from hypothesis import strategies as st

from shared.api.operations import Operation, Parameter, Where
from shared.domain.fields import Body
from shared.domain.kinds import Key
from shared.domain.shelf import Shelf
from tests.support.hostile_values import SCALARS, bad_text, bad_value

Json = dict[str, Any]

JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
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
ODD_NAMES = (
    st.text(min_size=1, max_size=60)
    | st.sampled_from(
        ["..", "%00", "\0", "a'b", "a/b", "a\\b", "#", "?", " ", "\u202e", "rejected ", "x" * 3_000]
    )
).filter(lambda text: text not in set(Shelf))
"""Hypothesis draws texts from the code as well, such as the name of a queue that there is."""

NO_UTF_8 = (b"\xff", b"\xc3\x28", b"\xed\xa0\x80")


@dataclass(frozen=True)
class Hostile:
    """A request as the host hands it over: what its path names, its query, headers and body."""

    parts: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)

    def to(self, call: Operation) -> func.HttpRequest:
        """Make the request of a call."""
        query = urlencode(self.query)
        return func.HttpRequest(
            call.method,
            f"http://127.0.0.1/api/{call.path}" + (f"?{query}" if query else ""),
            headers=self.headers,
            params=self.query,
            route_params=self.parts,
            body=self.body,
        )


Requests = st.SearchStrategy[Hostile]


def hostile_bodies(body: Body, *more: str) -> st.SearchStrategy[bytes]:
    """Make bodies that are no such request; `more`: names that it may hold all the same."""
    valid = _required(body)
    text, names = _text(valid), st.sampled_from(sorted(valid))
    bad = {each.name: bad_value(each.kind) for each in body.fields}
    bad |= dict.fromkeys(body.refused or (), SCALARS)
    strange = st.text(max_size=20).filter(lambda name: name not in {*bad, *more})
    ends = st.integers(0, len(text) - 1)
    return st.one_of(
        *(_with_one(valid, name, values) for name, values in bad.items()),
        names.map(lambda name: _text({each: valid[each] for each in valid if each != name})),
        names.map(lambda name: _text(valid | {name: None})),
        st.builds(lambda name, value: _text(valid | {name: value}), strange, JSON),
        ends.map(lambda end: text[:end]),
        names.map(lambda name: text[:-1] + b", " + _text({name: valid[name]})[1:]),
        st.builds(lambda at, odd: text[:at] + odd + text[at:], ends, st.sampled_from(NO_UTF_8)),
        JSON.filter(lambda value: not isinstance(value, dict)).map(_text),
        ODDITIES,
        st.binary(max_size=200).filter(lambda content: content[:1] != b"{"),
    )


def hostile_in_body(call: Operation) -> Requests | None:
    """Make requests of a call whose body is wrong, and nothing else; None: it takes none."""
    if call.body is None:
        return None
    return hostile_bodies(call.body).map(lambda content: replace(_good(call), body=content))


def hostile_in_parameters(call: Operation) -> Requests | None:
    """Make requests of which one parameter is wrong, of the query or a key; None: it takes none."""
    made = [
        _with_text(_good(call), each)
        for each in call.parameters
        if each.where is Where.QUERY or isinstance(each.shape, Key)
    ]
    return st.one_of(*made) if made else None


def hostile_in_path(call: Operation) -> Requests | None:
    """Make requests whose path names what there is not, with any headers; None: it names nothing.

    Of a path that names several things some may be well-formed, to look behind them.
    """
    names = [each.name for each in call.parameters if each.where is Where.PATH]
    if not names:
        return None
    good = _good(call)
    headers = [each.name for each in call.parameters if each.where is Where.HEADER]
    some = st.sets(st.sampled_from(names), min_size=1)
    odd = st.fixed_dictionaries(dict.fromkeys((*names, *headers), ODD_NAMES))

    def made(texts: Mapping[str, str], broken: set[str]) -> Hostile:
        parts = {name: texts[name] if name in broken else good.parts[name] for name in names}
        return replace(good, parts=parts, headers={name: texts[name] for name in headers})

    return st.builds(made, odd, some)


def _with_one(valid: Json, name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    return values.map(lambda value: _text(valid | {name: value}))


def _with_text(good: Hostile, parameter: Parameter) -> Requests:
    name, of_query = parameter.name, parameter.where is Where.QUERY

    def made(text: str) -> Hostile:
        if of_query:
            return replace(good, query={name: text})
        return replace(good, headers={**good.headers, name: text})

    return bad_text(parameter).map(made)


def _good(call: Operation) -> Hostile:
    """Give a request that has no fault, but that nothing of what its path names is there."""
    examples = {each.name: str(each.example) for each in call.parameters if each.required}
    parts = [each.name for each in call.parameters if each.where is Where.PATH]
    body = b"{}" if call.body is None else _text(_required(call.body))
    headers = {name: text for name, text in examples.items() if name not in parts}
    return Hostile({name: examples[name] for name in parts}, headers, body)


def _required(body: Body) -> Json:
    return {each.name: each.example for each in body.fields if each.required}


def _text(value: Any) -> bytes:
    return json.dumps(value).encode()
