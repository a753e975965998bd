"""Flows of Logic Apps and Power Automate start runs, wait for them and listen for their ends.

Each run has one flow session, whatever an engine repeats; each flow hears how its run ended; and in
the end nobody is left subscribed.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from azure.data.tables import TableServiceClient

from tests.support.broker import Broker, Json, broker, valid_body
from tests.support.engine import ActionFailedError, Engine, Trigger, engine_of, save_new
from tests.support.patience import until

RUNS = 100
AT_ONCE = 25
"""How many flows run at a time."""

SETTINGS = {"NOTIFY_PRIVATE_HOSTS": "127.0.0.1"}


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """As a fresh deployment is: without a key to sign notifications with."""
    folder = tmp_path_factory.mktemp("broker")
    with broker(folder, settings=SETTINGS, limit=1000, limit_window_seconds=1) as made:
        yield made


@pytest.fixture
def engine(app: Broker) -> Iterator[Engine]:
    host = app.hosts[0]
    with engine_of(f"{host.url}/api", host.function_key) as made:
        yield made


def start_of(number: int) -> Json:
    """Write the start of a turn: every tenth robot fails."""
    inputs: Json = {"InvoiceNumber": f"2026-{number:04d}"}
    if number % 10 == 9:
        inputs["Outcome"] = "MachineNotFound"
    return valid_body(inputs=inputs, correlationId=f"turn {number}")


def fails(number: int) -> bool:
    return number % 10 == 9


def waiters_left(app: Broker) -> Counter[bool]:
    """Count who waited for runs, by whether he has left."""
    tables = TableServiceClient.from_connection_string(app.azurite.connection_string)
    with tables, tables.get_table_client("DesktopFlowRuns") as table:
        rows = list(table.query_entities("RowKey gt 'run:' and RowKey lt 'run;'"))
    waiters = [each for row in rows for each in json.loads(str(row.get("Waiters", "[]")))]
    return Counter(each.get("left", False) for each in waiters)


def sessions(app: Broker) -> int:
    return len(app.dataverse.state().sessions)


def test_a_hundred_webhook_actions_wait_for_a_run_each(app: Broker, engine: Engine) -> None:
    """Every third answer to a start is lost: the engine repeats it at the same address."""
    engine.loses = itertools.cycle([False, False, True])

    def turn(number: int) -> Json:
        return engine.finish(engine.start(start_of(number), f"webhook-{number}"))

    with ThreadPoolExecutor(AT_ONCE) as flows:
        told = list(flows.map(turn, range(RUNS)))
    for number, run in enumerate(told):
        assert run["correlationId"] == f"turn {number}"
        assert run["status"] == ("Failed" if fails(number) else "Succeeded")
        if fails(number):
            assert (run["outputs"], run["error"]["code"]) == (None, "MachineNotFound")
        else:
            assert run["outputs"]["InvoiceNumber"] == f"2026-{number:04d}"
        assert run["outputsError"] is None
    assert len({run["runId"] for run in told}) == RUNS
    assert sessions(app) == RUNS
    assert waiters_left(app) == Counter({True: RUNS, False: 0})
    assert engine.refused == []


def test_a_hundred_actions_poll_for_their_runs(app: Broker, engine: Engine) -> None:
    engine.loses = itertools.cycle([False, False, True])

    def turn(number: int) -> Json:
        if not fails(number):
            return engine.run(start_of(number), f"poll-{number}")
        with pytest.raises(ActionFailedError) as raised:
            engine.run(start_of(number), f"poll-{number}")
        assert (raised.value.status, raised.value.error["code"]) == (424, "RunFailed")
        inner: Json = raised.value.error["innererror"]
        return inner | {"correlationId": f"turn {number}"}

    with ThreadPoolExecutor(AT_ONCE) as flows:
        told = list(flows.map(turn, range(RUNS)))
    for number, run in enumerate(told):
        assert run["correlationId"] == f"turn {number}"
        assert run["status"] == ("Failed" if fails(number) else "Succeeded")
        if fails(number):
            assert run["code"] == "MachineNotFound"
        else:
            assert run["outputs"]["InvoiceNumber"] == f"2026-{number:04d}"
    assert len({run["runId"] for run in told}) == RUNS
    assert sessions(app) == RUNS
    assert engine.refused == []


def test_a_hundred_ends_begin_flows_that_are_saved_meanwhile(app: Broker, engine: Engine) -> None:
    """In any order of subscribing and unsubscribing, at the same address or another."""
    all_ends, failures = save_new(engine), save_new(engine, status=["Failed"])
    others = save_new(engine, connectionName="shared-hr-01")
    ways = list(itertools.product((True, False), (True, False)))
    run_ids: list[str] = []
    with ThreadPoolExecutor(AT_ONCE) as flows:
        for part in range(4):
            numbers = range(part * RUNS // 4, (part + 1) * RUNS // 4)
            starts = [partial(app.start, **start_of(number)) for number in numbers]
            run_ids += [each.result() for each in [flows.submit(start) for start in starts]]
            for run_id in run_ids[numbers.start :]:
                app.until(run_id)
            until(partial(_heard, engine, run_ids), "an end is not told")
            for trigger in (all_ends, failures):
                same, first = ways[part]
                trigger.save(same_address=same, unsubscribes_first=first)
    told = _told_of(engine, run_ids)
    assert len({event["id"] for event in told}) == RUNS
    failed = [event for event in told if event["type"] == "run.failed"]
    assert {event["data"]["correlationId"] for event in failed} == {
        f"turn {number}" for number in range(RUNS) if fails(number)
    }
    assert others.callback.told == []
    assert sessions(app) == RUNS
    for trigger in (all_ends, failures, others):
        trigger.delete()
    for trigger in (all_ends, failures, others):
        assert not _is_subscribed(app, trigger)


def _told_of(engine: Engine, run_ids: list[str]) -> list[Json]:
    """List the events of these runs: the end of another may be told late, and again."""
    told = [event for callback in engine.callbacks.values() for event in callback.told]
    return [event for event in told if event["data"]["runId"] in run_ids]


def _heard(engine: Engine, run_ids: list[str]) -> bool:
    """Say whether the end of each run was told, and of each that failed to whom that interests.

    Every tenth fails, and is told to two.
    """
    told = Counter(
        run_id
        for callback in engine.callbacks.values()
        for run_id in {event["data"]["runId"] for event in callback.told}
    )
    return all(told[run_id] >= (2 if fails(number) else 1) for number, run_id in enumerate(run_ids))


def _is_subscribed(app: Broker, trigger: Trigger) -> bool:
    """Say whether a flow's address is listed; what other tests left is not asked for."""
    listed = app.http.get("/subscriptions").json()["value"]
    return trigger.location in [each["location"] for each in listed]


def test_a_flow_that_is_cancelled_cancels_its_run_if_it_asked_for_that(
    app: Broker, engine: Engine
) -> None:
    app.dataverse.hold("machines")
    goes_on, is_cancelled = (
        engine.start(valid_body(cancelOnUnsubscribe=cancels), f"cancels-{cancels}")
        for cancels in (False, True)
    )
    for action in (goes_on, is_cancelled):
        app.until(action.run["runId"], "Running")
        engine.cancel(action)
    app.until(is_cancelled.run["runId"], "Cancelled")
    app.dataverse.release("machines")
    app.until(goes_on.run["runId"], "Succeeded")
    assert goes_on.callback.told == is_cancelled.callback.told == []


def test_a_flow_that_is_gone_is_not_told_for_ever(app: Broker, engine: Engine) -> None:
    """Nobody unsubscribed: its engine says so the next time."""
    trigger = save_new(engine)
    trigger.callback.gone = True
    app.until(app.start())
    until(lambda: not _is_subscribed(app, trigger), "still subscribed")


def test_no_secret_of_an_engine_is_logged_or_told(app: Broker, engine: Engine) -> None:
    trigger = save_new(engine)
    action = engine.start(valid_body(), "secret")
    engine.finish(action)
    until(lambda: trigger.callback.told, "the end is not told")
    told = app.http.get("/subscriptions").text + app.http.get(f"/runs/{action.run['runId']}").text
    for callback in engine.callbacks.values():
        secret = callback.url.partition("sig=")[2]
        assert secret not in told
        assert secret not in app.hosts[0].log()
    for location in (trigger.location, action.location):
        assert location.rpartition("/")[2] not in app.hosts[0].log()
    trigger.delete()
