"""One description: what the validators accept is what the rendered schema accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.api.bodies import body_schema
from shared.api.calls import CALLS
from shared.api.openapi import description
from shared.domain.faults import InvalidRequestError
from shared.domain.fields import Body
from shared.domain.strict_json import parse
from tests.support.bodies import requests_of
from tests.support.described_functions import http_functions, the_app
from tests.support.judge import judge

NO_CALLS = {"openapi", "console", "console_file"}
"""The description itself, and the files of the page."""
BODIES = {call.body.name: call.body for call in CALLS if call.body is not None}


def accepts(body: Body, value: Any) -> bool:
    """Say whether the validator of the app takes a value, as it comes in JSON."""
    try:
        body.read(parse(json.dumps(value).encode())).check()
    except InvalidRequestError:
        return False
    return True


@pytest.mark.parametrize("name", BODIES)
def test_the_validator_and_the_schema_accept_the_same(name: str) -> None:
    """No second truth: whoever trusts the description is not refused, and is not surprised."""
    body = BODIES[name]
    judged = judge(body_schema(body))
    seen: set[bool] = set()

    @given(requests_of(body))
    def agree(value: Any) -> None:
        accepted = accepts(body, value)
        seen.add(accepted)
        assert judged.is_valid(json.loads(json.dumps(value))) == accepted

    agree()
    assert seen == {True, False}, "bodies of only one kind would prove half of it"


@pytest.mark.parametrize("name", BODIES)
def test_examples_are_accepted(name: str) -> None:
    body = BODIES[name]
    required = {field.name: field.example for field in body.fields if field.required}
    assert accepts(body, required)
    for field in body.fields:
        field.kind.read(field.example)


def test_the_document_is_openapi_3_1() -> None:
    OpenAPIV31SpecValidator(description("https://broker.example.org/api")).validate()


def test_every_function_of_http_is_described_and_nothing_else() -> None:
    """A call that is not described would be found by nobody, and kept by nobody."""
    with the_app() as app:
        there = {
            (each.name, method, each.route, each.auth_level)
            for each in http_functions(app)
            for method in each.methods
            if each.name not in NO_CALLS
        }
    described = {
        (call.function, call.method, call.path, "ANONYMOUS" if call.anonymous else "FUNCTION")
        for call in CALLS
    }
    assert there == described


def test_operations_have_names_of_their_own() -> None:
    names = [call.id for call in CALLS]
    assert len(set(names)) == len(names)
    assert all(name.isalnum() and name[0].isupper() for name in names)
