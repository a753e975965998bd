"""Ten thousand hostile requests and messages: none is accepted, none is lost, none is 500."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import azure.functions as func
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.host.invocation import InvocationContext
from local.parts import Azurite
from shared.composition import compose
from shared.services.starting.ingest import Ingest
from shared.settings import read
from shared.triggers import runs
from shared.triggers.addresses import Addresses
from shared.triggers.provider import Services
from tests.support.hostile import HOSTILE

EACH = settings(
    max_examples=5_000,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
HttpFunction = Callable[[func.HttpRequest], func.HttpResponse]


class Rejected:
    """What would be sent to the queue of rejected messages."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def send(self, text: str) -> None:
        assert len(text.encode()) <= 48 * 1024, "a message has room for 48 KiB before base64"
        self.texts.append(text)


@pytest.fixture(scope="module")
def services(azurite: Azurite) -> Services:
    """The real services on a table of their own, so that what is accepted would be found."""
    environ = {
        "DATAVERSE_URL": "http://127.0.0.1:9",
        "CALLBACK_SIGNING_KEY": "a key of thirty-two bytes, or so",
        "RUN_STORAGE": azurite.connection_string,
        "RUN_TABLE": "HostileRequests",
    }
    return compose(read(environ))


def function_of(services: Services, name: str) -> HttpFunction:
    app = func.FunctionApp()
    app.register_functions(runs.blueprint(lambda: services, Addresses()))
    functions = {each.get_function_name(): each for each in app.get_functions()}
    context = InvocationContext("an id", name, "")
    return partial(functions[name].get_user_function(), context=context)


@pytest.fixture(scope="module")
def start_run(services: Services) -> HttpFunction:
    return function_of(services, "start_run")


@pytest.fixture(scope="module")
def start_batch(services: Services) -> HttpFunction:
    return function_of(services, "start_batch")


@pytest.fixture(autouse=True)
def nothing_is_accepted(services: Services) -> Iterator[None]:
    yield
    assert services.lanes.lanes.ids() == []


@EACH
@given(content=HOSTILE)
def test_a_hostile_body_is_refused_with_its_faults(start_run: HttpFunction, content: bytes) -> None:
    request = func.HttpRequest("POST", "http://127.0.0.1/api/runs", body=content)
    answer = start_run(request)
    assert answer.status_code in (400, 413)
    error: dict[str, Any] = json.loads(answer.get_body())["error"]
    assert error["details"]
    assert all(detail["target"] and detail["message"] for detail in error["details"])


@EACH
@given(contents=st.lists(HOSTILE, min_size=1, max_size=3))
def test_hostile_starts_of_a_batch_are_each_refused_with_their_faults(
    start_batch: HttpFunction, contents: list[bytes]
) -> None:
    """A batch that is no JSON is refused as a whole."""
    body = b'{"runs":[%s]}' % b",".join(contents)
    answer = start_batch(func.HttpRequest("POST", "http://127.0.0.1/api/runs/batch", body=body))
    told = json.loads(answer.get_body())
    if answer.status_code == 200:
        assert {item["status"] for item in told["value"]} <= {400, 413}
        errors = [item["error"] for item in told["value"]]
    else:
        assert answer.status_code in (400, 413)
        errors = [told["error"]]
    assert errors
    assert all(error["details"] for error in errors)


@EACH
@given(content=HOSTILE)
def test_a_hostile_message_is_given_back_with_its_text(services: Services, content: bytes) -> None:
    rejected = Rejected()
    Ingest(services.start, rejected)(content, "2b1c1f3e-0000-4000-8000-000000000001")
    parts = [json.loads(text) for text in rejected.texts]
    assert parts
    assert all(part["reasons"] for part in parts)
    original = "".join(part["originalText"] for part in parts)
    assert original == content.decode("utf-8", "backslashreplace")
