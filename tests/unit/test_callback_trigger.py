"""Callbacks at their edge: whether the app gave the address, and that nobody waits too long."""

from __future__ import annotations

import asyncio
import hmac
import inspect
import json
import threading
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import azure.functions as func
import pytest

from local.host.invocation import InvocationContext
from local.host.invocation_ids import thread_local
from shared.domain.callback_url import CallbackSigner
from shared.domain.identifiers import TAIL_RANDOM_BYTES, run_id
from shared.domain.run.steps import adopt
from shared.domain.session import FlowSession, StatusCode
from shared.services.following import callback as following
from shared.services.following.callback import CallbackOutcome, HearCallback
from shared.services.following.callback_limits import CallbackLimits
from shared.services.following.shared_looks import SharedLooks
from shared.services.ports import Result
from shared.storage.runs import RunTable, StoredRun
from shared.triggers import callback
from shared.triggers.callback_tasks import ASKING, STORING, LoopTasks
from shared.triggers.provider import Services
from tests.simulation.table import SimulatedTable
from tests.support.clocks import HandClock
from tests.support.loops import jumping, now
from tests.support.runs import LANE, NOW, POLLING, RUN_ID, SESSION, start_request

SIGNER = CallbackSigner("org.crm.dynamics.com", (b"k" * 32,))
BODY = json.dumps({"flowsessionid": SESSION}).encode()

Answer = Callable[[str, str, bytes], func.HttpResponse]


class PutTogetherError(Exception):
    """The services were asked for."""


INVOCATION = InvocationContext("an id", "callback", "")


def function_of(services: Callable[[], Services], tasks: LoopTasks | None = None) -> Any:
    """Give the function that is registered."""
    app = func.FunctionApp()
    app.register_functions(callback.blueprint(services, SIGNER, tasks))
    (function,) = app.get_functions()
    return function.get_user_function()


def request_of(run: str, signature: str, body: bytes) -> func.HttpRequest:
    url = "http://127.0.0.1/api/callbacks"
    parameters = {"runId": run, "signature": signature}
    return func.HttpRequest("POST", url, route_params=parameters, body=body)


@pytest.fixture
def call_back() -> Answer:
    """The function of an instance that has put nothing together yet, and says so if it must."""

    def services() -> Services:
        raise PutTogetherError

    function = function_of(services)

    def call(run: str, signature: str, body: bytes) -> func.HttpResponse:
        answer: func.HttpResponse = asyncio.run(
            function(request_of(run, signature, body), INVOCATION)
        )
        return answer

    return call


@pytest.mark.parametrize("body", [BODY, b"not JSON", b" " * 20_000])
@pytest.mark.parametrize(
    ("run_id", "signature"),
    [
        (RUN_ID, "0" * 32),
        (RUN_ID, SIGNER.sign(RUN_ID)[:-1]),
        (RUN_ID, CallbackSigner("org.crm.dynamics.com", (b"x" * 32,)).sign(RUN_ID)),
        (RUN_ID.upper(), SIGNER.sign(RUN_ID)),
        (RUN_ID.upper(), SIGNER.sign(RUN_ID.upper())),
        ("nonsense", "0" * 32),
        ("\ud800" * 43, "\ud800" * 32),
    ],
    ids=["zeros", "cut", "another key", "upper case", "no run id", "nonsense", "not text"],
)
def test_a_forged_callback_is_404_whatever_it_holds_and_nothing_is_put_together_for_it(
    call_back: Answer, run_id: str, signature: str, body: bytes
) -> None:
    """A flood of them on a new instance does not even make it import what the services need."""
    answer = call_back(run_id, signature, body)
    assert answer.status_code == 404
    assert json.loads(answer.get_body())["error"]["code"] == "NotFound"


@pytest.mark.parametrize(
    ("body", "status"), [(b" " * 20_000, 413), (b"not JSON", 400), (b"{}", 400)]
)
def test_a_body_that_names_no_session_is_refused_before_anything_is_put_together(
    call_back: Answer, body: bytes, status: int
) -> None:
    assert call_back(RUN_ID, SIGNER.sign(RUN_ID), body).status_code == status


def test_only_a_signed_callback_that_names_a_session_needs_the_services(
    call_back: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    assert call_back(RUN_ID, SIGNER.sign(RUN_ID), BODY).status_code == 500
    assert "PutTogetherError" in caplog.text


def test_a_forged_callback_costs_one_signature_a_key_and_nothing_aside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No thread, no task, no services, no wait: 50 microseconds in the app are plenty."""
    signed, sign = list[object](), hmac.new

    def counted(*given: Any) -> Any:
        signed.append(given[1])
        return sign(*given)

    def never(*_: object) -> Any:
        raise PutTogetherError

    monkeypatch.setattr(hmac, "new", counted)
    for name in ("store", "ask", "begin", "bell"):
        monkeypatch.setattr(LoopTasks, name, never)
    forged = function_of(never)(request_of(RUN_ID, "0" * 32, BODY), INVOCATION)
    with pytest.raises(StopIteration) as over:
        forged.send(None)  # it does not even give way to the loop
    assert over.value.value.status_code == 404
    assert len(signed) == len(SIGNER.keys) == 1


def test_the_function_is_one_that_the_worker_awaits() -> None:
    """It looks at the function itself: a wrapper that is none would take a thread."""
    assert inspect.iscoroutinefunction(function_of(lambda: cast("Services", None)))


class App:
    """The function over a table in memory. `look`: how Dataverse answers queries."""

    def __init__(
        self, look: Callable[[Sequence[str]], dict[str, FlowSession]], tasks: LoopTasks
    ) -> None:
        self.runs = RunTable(SimulatedTable())
        self.clock = HandClock()
        self.recorded = list[str | None]()
        looks = SharedLooks[CallbackOutcome](look, self.clock)
        self.hear = HearCallback(self.runs, looks, SIGNER, cast("Any", self._record), self.clock)
        services = SimpleNamespace(
            hear_callback=self.hear, callback_limits=CallbackLimits(self.clock)
        )
        self._function = function_of(lambda: cast("Services", services), tasks)

    def start(self, run: str = RUN_ID, session_id: str = SESSION) -> None:
        self.runs.insert(run, start_request())
        stored = self.runs.read(run)
        assert stored is not None
        self.runs.change(stored, lambda each: adopt(each, session_id, at=NOW, polling=POLLING))

    async def call_back(
        self, run: str = RUN_ID, session_id: str = SESSION, invocation: str = "an id"
    ) -> func.HttpResponse:
        body = json.dumps({"flowsessionid": session_id}).encode()
        context = InvocationContext(invocation, "callback", "")
        answer: func.HttpResponse = await self._function(
            request_of(run, SIGNER.sign(run), body), context
        )
        return answer

    def _record(self, stored: StoredRun, session: FlowSession, *, by: str) -> Any:
        del session, by
        self.recorded.append(getattr(thread_local, "invocation_id", None))
        return stored.run


def shown(ids: Sequence[str]) -> dict[str, FlowSession]:
    return {each: FlowSession(each, StatusCode.SUCCEEDED) for each in ids}


class Silent(LoopTasks):
    """Whoever asks Dataverse is never answered; storage answers at once."""

    async def store(self, work: Callable[[], Result]) -> Result:
        return work()

    async def ask(self, work: Callable[[], Result]) -> Result:
        await asyncio.Event().wait()
        return work()


def test_a_callback_that_is_not_heard_in_time_is_answered_before_dataverse_gives_up() -> None:
    """503, which Dataverse repeats; the watch on the run remains."""
    app = App(shown, Silent())
    app.start()

    async def work() -> None:
        answer = await app.call_back()
        assert (answer.status_code, now()) == (503, callback.HEARING_SECONDS)
        assert callback.HEARING_SECONDS < 10
        assert int(answer.headers["Retry-After"]) == 1
        assert app.hear.hearing == 0

    jumping(work())


def test_beyond_a_bound_callbacks_are_answered_at_once_that_they_are_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = App(shown, Silent())
    monkeypatch.setattr(following, "HEARING_LIMIT", 3)
    ids = [run_id(LANE, NOW + n, bytes(TAIL_RANDOM_BYTES)) for n in range(4)]
    for each in ids:
        app.runs.insert(each, start_request())

    async def work() -> None:
        waiting = [asyncio.create_task(app.call_back(each)) for each in ids[:3]]
        await asyncio.sleep(1)
        answer = await app.call_back(ids[3])
        assert (answer.status_code, answer.headers["Retry-After"], now()) == (503, "1", 1.0)
        waiting.pop().cancel()
        await asyncio.sleep(0)
        room = asyncio.create_task(app.call_back(ids[3]))
        await asyncio.sleep(1)
        assert not room.done(), "there is room again"
        assert {(await each).status_code for each in (*waiting, room)} == {503}

    jumping(work())
    assert following.HEARING_LIMIT == 3


def test_two_hundred_that_wait_for_a_look_hold_no_thread() -> None:
    """One of the app's own asks for all of them; the worker's are all there for others."""
    asked, answers = threading.Event(), threading.Event()

    def look(ids: Sequence[str]) -> dict[str, FlowSession]:
        asked.set()
        answers.wait()
        return shown(ids)

    app = App(look, LoopTasks())
    ids = [run_id(LANE, NOW + n, bytes(TAIL_RANDOM_BYTES)) for n in range(200)]
    for number, each in enumerate(ids):
        app.start(each, _session_id(number))
    before = threading.active_count()

    async def work() -> None:
        heard = [
            asyncio.create_task(app.call_back(each, _session_id(number)))
            for number, each in enumerate(ids)
        ]
        await asyncio.to_thread(asked.wait)
        assert threading.active_count() - before <= STORING + ASKING + 1
        answers.set()
        app.clock.seconds += 10  # no second has to pass
        assert {(await each).status_code for each in heard} == {200}

    asyncio.run(work())
    assert len(app.recorded) == len(ids)


def _session_id(number: int) -> str:
    return f"d9687093-d0c0-ec11-983e-{number:012}"


def test_what_is_recorded_is_recorded_for_an_invocation_that_waits_for_it() -> None:
    """Azure's host throws away what is logged for none, and for one that is over."""
    app = App(shown, LoopTasks())
    other = run_id(LANE, NOW + 1, bytes(TAIL_RANDOM_BYTES))
    app.start()
    app.start(other, _session_id(7))

    async def work() -> None:
        await asyncio.gather(
            app.call_back(invocation="first"),
            app.call_back(other, _session_id(7), invocation="second"),
        )

    asyncio.run(work())
    assert sorted(map(str, app.recorded)) == ["first", "second"]
