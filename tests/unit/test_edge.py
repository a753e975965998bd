"""The outermost edge: what the app raises is answered as the catalogue of codes says."""

import ast
import asyncio
import builtins
import json
from contextvars import copy_context
from typing import Any, cast

import azure.functions as func
import pytest

from local.host.invocation import InvocationContext
from shared.dataverse.errors import (
    Answer,
    AppRefusedError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    ThrottledError,
    UnreadableRowsError,
)
from shared.domain.codes import CATALOGUE, Kind
from shared.domain.errors import BrokerError
from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.flow_schema import UnreadableSchemaError
from shared.domain.run import RunStatus
from shared.domain.run.decision import Candidate
from shared.domain.strict_json import InvalidJsonError
from shared.services.reading.catalog_answers import CatalogUnavailableError
from shared.services.refusals import (
    CancelRefusedError,
    CatalogRefusedError,
    MessageNotFoundError,
    MessageOutOfReachError,
    NothingGivenUpError,
    NotResendableError,
    NotUnconfirmedError,
    OutputsGoneError,
    OutputsRefusedError,
    OutputsUnreadableError,
    QueueNotFoundError,
    RunFinalError,
    RunNotFinalError,
    SessionsFoundError,
    StillConfirmingError,
    TooManySubscriptionsError,
    TooManyWaitsError,
)
from shared.services.starting.connections import ConnectionUnknownError
from shared.services.starting.start import KeyReusedError
from shared.storage.table import (
    ConflictError,
    SessionTakenError,
    StorageRefusedError,
    StorageUnavailableError,
    UnreadableRowError,
)
from shared.triggers import ends
from shared.triggers.access import ReadOnlyError
from shared.triggers.edge import answering, answering_later
from shared.triggers.ends import FAILURES
from tests.support.source import MODULES

ANSWER = Answer(403, "0x80040220", "missing privilege")
THEIR_OWN = {"ForbiddenAddressError"}
"""Classes of errors that have to be somebody else's: what a transport of requests raises."""


def answered(error: Exception) -> func.HttpResponse:
    @answering
    def fails(_: func.HttpRequest) -> func.HttpResponse:
        raise error

    request = func.HttpRequest("POST", "http://127.0.0.1/api/runs", body=b"")
    context = cast("func.Context", InvocationContext("an id", "fails", ""))
    return copy_context().run(fails, request, context)  # what it begins ends with it


def answered_later(error: Exception) -> func.HttpResponse:
    @answering_later
    async def fails(_: func.HttpRequest) -> func.HttpResponse:
        raise error

    request = func.HttpRequest("POST", "http://127.0.0.1/api/runs", body=b"")
    context = cast("func.Context", InvocationContext("an id", "fails", ""))

    async def call() -> func.HttpResponse:
        return await fails(request, context)

    return asyncio.run(call())


def error_of(response: func.HttpResponse) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(response.get_body())["error"]
    return error


ERRORS: list[tuple[Exception, int, str]] = [
    (InvalidRequestError(Fault("runMode", "MissingField", "is required")), 400, "InvalidRequest"),
    (InvalidRequestError(Fault("body", "PayloadTooLarge", "is long")), 413, "PayloadTooLarge"),
    (InvalidJsonError("it is not UTF-8"), 400, "InvalidRequest"),
    (KeyReusedError(), 422, "KeyReused"),
    (TooManyWaitsError("run-1", 20), 409, "TooManyWaits"),
    (TooManySubscriptionsError(500), 409, "TooManySubscriptions"),
    (SessionTakenError("flow session 1 is another run's"), 409, "SessionTaken"),
    (RunFinalError(RunStatus.FAILED), 409, "RunFinal"),
    (RunNotFinalError(RunStatus.RUNNING), 409, "RunNotFinal"),
    (CatalogRefusedError(ANSWER), 409, "CatalogRefused"),
    (UnreadableSchemaError("it refers to itself"), 502, "SchemaUnreadable"),
    (CatalogUnavailableError("too many requests", 20.0), 503, "CatalogUnavailable"),
    (OutputsGoneError(ANSWER), 410, "OutputsGone"),
    (OutputsRefusedError(ANSWER), 409, "OutputsRefused"),
    (OutputsUnreadableError("not JSON"), 502, "OutputsUnreadable"),
    (NotUnconfirmedError(RunStatus.RUNNING), 409, "NotUnconfirmed"),
    (NothingGivenUpError(), 409, "NothingGivenUp"),
    (QueueNotFoundError(), 404, "QueueNotFound"),
    (MessageNotFoundError(), 404, "MessageNotFound"),
    (MessageOutOfReachError(2_048), 409, "MessageOutOfReach"),
    (NotResendableError("it is no JSON"), 409, "NotResendable"),
    (ReadOnlyError(), 403, "ReadOnly"),
    (CancelRefusedError(ANSWER), 409, "CancelRefused"),
    (SessionsFoundError([Candidate("d96", 1_000, 2, ("near",), ("other",))]), 409, "SessionsFound"),
    (SessionsFoundError([]), 409, "SessionsFound"),
    (StillConfirmingError(1_795_540_000_000), 409, "StillConfirming"),
    (TooManyWaitsError("a run", 20), 409, "TooManyWaits"),
    (TooManySubscriptionsError(500), 409, "TooManySubscriptions"),
    (ConnectionUnknownError("no answer"), 503, "Unavailable"),
    (StorageUnavailableError("away"), 503, "Unavailable"),
    (ConflictError("changed"), 503, "Unavailable"),
    (NotSentError("no connection"), 503, "Unavailable"),
    (OutcomeUnknownError("cut"), 503, "Unavailable"),
    (UnreadableRowsError([], 1), 503, "Unavailable"),
    (AppRefusedError(Answer(401, "", "no")), 503, "Unavailable"),
    (ThrottledError(Answer(429, "0x80072322", "too many"), 20.0), 503, "Unavailable"),
    (NotFoundError(Answer(404, "0x80040217", "absent")), 503, "Unavailable"),
    (UnreadableRowError("row run:1 cannot be read"), 500, "RowUnreadable"),
    (StorageRefusedError("EntityTooLarge"), 500, "InternalError"),
    (ValueError("a defect"), 500, "InternalError"),
    (BrokerError("a defect"), 500, "InternalError"),
]


@pytest.mark.parametrize(("error", "status", "code"), ERRORS, ids=lambda each: type(each).__name__)
def test_an_error_is_answered_with_its_code_and_the_codes_status(
    error: Exception, status: int, code: str
) -> None:
    response = answered(error)
    told = error_of(response)
    assert (response.status_code, told["code"]) == (status, code)
    assert CATALOGUE[code].status == status
    assert told["message"]
    assert ("Retry-After" in response.headers) == (status == 503)


@pytest.mark.parametrize(("error", "status", "code"), ERRORS, ids=lambda each: type(each).__name__)
def test_an_async_function_answers_alike(
    error: Exception, status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = answered_later(error)
    logged = caplog.text.count("request.")
    assert (response.status_code, error_of(response)["code"]) == (status, code)
    same = answered(error)
    assert response.get_body() == same.get_body()
    assert dict(response.headers) == dict(same.headers)
    assert caplog.text.count("request.") == 2 * logged


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (CatalogUnavailableError("held", 300), "300"),
        (ThrottledError(Answer(429, "0x80072322", "too many"), 20.5), "21"),
        (ThrottledError(Answer(429, "0x80072322", "too many"), None), "5"),
        (StorageUnavailableError("away"), "5"),
    ],
    ids=str,
)
def test_the_time_to_ask_again_is_the_one_that_is_known(error: Exception, seconds: str) -> None:
    assert answered(error).headers["Retry-After"] == seconds


def test_why_the_catalog_cannot_be_asked_is_told() -> None:
    told = error_of(answered(CatalogUnavailableError("429: too many requests")))
    assert told["message"] == "Dataverse cannot be asked now: 429: too many requests"


def test_faults_are_told_each_with_its_field() -> None:
    wrong = Fault("runMode", "MissingField", "is required"), Fault("top", "InvalidValue", "is 0")
    told = error_of(answered(InvalidRequestError(*wrong)))
    assert told["target"] == "runMode"
    assert [fault["code"] for fault in told["details"]] == ["MissingField", "InvalidValue"]
    assert error_of(answered(KeyReusedError()))["target"] == "Idempotency-Key"
    assert error_of(answered(InvalidJsonError("x")))["details"][0]["code"] == "InvalidJson"


def test_dataverses_own_refusal_is_told_within() -> None:
    told = error_of(answered(CancelRefusedError(ANSWER)))
    inner = {"code": "0x80040220", "message": "missing privilege", "httpStatus": 403}
    assert told["innererror"] == inner


@pytest.mark.parametrize(
    ("error", "event"),
    [
        (StorageUnavailableError("away"), "request.unavailable"),
        (StorageRefusedError("EntityTooLarge"), "request.failed"),
        (BrokerError("a defect"), "request.failed"),
        (ValueError("a defect"), "request.failed"),
    ],
)
def test_what_an_operator_must_know_is_logged(
    error: Exception, event: str, caplog: pytest.LogCaptureFixture
) -> None:
    answered(error)
    assert event in caplog.text


def test_what_a_caller_did_wrong_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    answered(KeyReusedError())
    answered(OutputsUnreadableError("not JSON"))
    assert "request." not in caplog.text


def test_what_was_found_is_told_within() -> None:
    told = error_of(answered(SessionsFoundError([Candidate("d96", 0, 2, ("near",), ("other",))])))
    (candidate,) = told["innererror"]["candidates"]
    assert candidate == {
        "flowSessionId": "d96",
        "createdAt": "1970-01-01T00:00:00.000Z",
        "statuscode": 2,
        "speaksFor": ["near"],
        "speaksAgainst": ["other"],
    }
    assert "d96" in told["message"]


def test_every_answer_of_the_catalogue_is_given() -> None:
    """By an error above, or by a trigger."""
    names = {"RUN_NOT_FOUND", "LANE_NOT_FOUND", "FLOW_NOT_FOUND"}
    names |= {"NOT_FOUND", "OTHER_SESSION", "TOO_MANY"}
    by_triggers = {
        call.args[0].id
        for module in MODULES.values()
        for call in ast.walk(module)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "error_response"
        and isinstance(call.args[0], ast.Name)
    }
    assert names <= by_triggers
    given = {code for _, _, code in ERRORS}
    given |= {code.name for code, _ in FAILURES.values()}
    given |= {name.title().replace("_", "") for name in names}
    given |= {code.name for code, _ in ends.FAILURES.values()}
    answers = {name for name, code in CATALOGUE.items() if Kind.ANSWER in code.kinds}
    assert answers == given


def test_every_error_of_the_app_has_the_one_base() -> None:
    without = {
        node.name
        for module in MODULES.values()
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef) and _is_an_error_of_others(node)
    }
    assert without == {"BrokerError"} | THEIR_OWN


def _is_an_error_of_others(node: ast.ClassDef) -> bool:
    """Say whether a class of errors is based on Python's or a library's, and not on our own."""
    bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
    foreign = [
        base
        for base in bases
        if base.endswith("Exception") or issubclass(getattr(builtins, base, int), BaseException)
    ]
    return bool(foreign) and "BrokerError" not in bases
