"""Each error that a call is described with can be answered by it, with its status and its shape."""

from __future__ import annotations

import json

import pytest

from shared.api.calls import CALLS
from shared.api.openapi import description
from shared.api.operations import Operation
from shared.domain.codes import Code
from shared.domain.errors import BrokerError
from tests.support.described_functions import answer_of
from tests.support.judge import judge

DOCUMENT = description("https://broker.example.org/api")


def error_with(code: Code) -> Exception:
    class AnyError(BrokerError):
        """An error of this code."""

    AnyError.code = code
    return AnyError("in words")


@pytest.mark.parametrize(
    ("call", "code"),
    [(call, code) for call in CALLS for code in call.codes],
    ids=lambda each: each.id if isinstance(each, Operation) else each.name,
)
def test_what_is_described_is_answered(call: Operation, code: Code) -> None:
    answer = answer_of(call, error_with(code))
    error = json.loads(answer.get_body())
    assert (answer.status_code, error["error"]["code"]) == (code.status, code.name)
    described = DOCUMENT["paths"][f"/{call.path}"][call.method.lower()]["responses"]
    schema = described[str(code.status)]["content"]["application/json"]["schema"]
    faults = judge(schema, components=DOCUMENT["components"]).iter_errors(error)
    assert [fault.message for fault in faults] == []
