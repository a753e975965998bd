"""test.http is the API: each call has a request in it, and each request is one that is taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.api.bodies import body_schema
from shared.api.calls import CALLS
from shared.api.operations import Operation, Where
from shared.domain.strict_json import parse
from tests.support.described import operation
from tests.support.http_file import FileRequest, requests_in
from tests.support.judge import judge

REQUESTS = requests_in((Path(__file__).parents[2] / "test.http").read_text(encoding="utf-8"))
BY_ID = {call.id: call for call in CALLS}
OF_DATAVERSE = {"ReceiveCallback"}


def call_of(request: FileRequest) -> Operation:
    found = operation(request.method, request.path)
    assert found is not None, f"no call {request.method} {request.path} is described"
    return BY_ID[found["operationId"]]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda each: each.title)
def test_a_request_is_as_its_call_is_described(request_: FileRequest) -> None:
    call = call_of(request_)
    known = {each.name: each for each in call.parameters}
    assert set(request_.query) <= {
        name for name, each in known.items() if each.where is Where.QUERY
    }
    needed = {name for name, each in known.items() if each.required and each.where is Where.HEADER}
    assert needed <= set(request_.headers)
    assert ("x-functions-key" in request_.headers) is not call.anonymous
    if call.body is None:
        assert request_.body is None
    elif request_.body is not None:
        call.body.read(parse(json.dumps(request_.body).encode())).check()
        assert judge(body_schema(call.body)).is_valid(request_.body)
        assert request_.headers["Content-Type"] == "application/json"


def test_every_call_has_a_request() -> None:
    assert {call_of(each).id for each in REQUESTS} == set(BY_ID) - OF_DATAVERSE


def test_requests_have_titles_of_their_own() -> None:
    titles = [each.title for each in REQUESTS]
    assert all(titles)
    assert len(set(titles)) == len(titles)
