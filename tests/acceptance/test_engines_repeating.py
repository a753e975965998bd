"""Whatever storage does, an engine that repeats has one run, hears of its end, and leaves nothing.

The twin repeats what was answered 5xx as real engines do; here storage makes that happen.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from local.fault_proxy.faults import Fault
from tests.support.broker import Broker, Json, valid_body
from tests.support.engine import Engine, engine_of, save_new
from tests.support.faulty.world import World, faulty_world
from tests.support.patience import until

TRIES = 4
"""How often the app's own client tries a request before it gives up."""

_numbers = count(1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    with faulty_world(folder, NOTIFY_PRIVATE_HOSTS="127.0.0.1") as made:
        yield made


@pytest.fixture
def app(world: World) -> Iterator[Broker]:
    yield world.broker
    world.network.clear()
    world.broker.forget()


@pytest.fixture
def engine(app: Broker) -> Iterator[Engine]:
    host = app.hosts[0]
    with engine_of(f"{host.url}/api", host.function_key) as made:
        yield made


def body() -> tuple[Json, str]:
    """Write a start on a connection that no other test waits for, and its key."""
    number = next(_numbers)
    return valid_body(connectionName=f"shared-load-{100 + number}"), f"repeating-{number}"


def failing(label: str, **where: str) -> Fault:
    """Have storage answer 500 for as long as the app asks for once."""
    return Fault(label, forward=False, status=500, times=TRIES, **where)  # type: ignore[arg-type]  # texts


JOINING = failing("joining", method="POST", target=r"/\$batch$", body=r"waiter:.*Url")
STARTING = failing("starting", method="POST", target=r"/\$batch$", body=r"run:.*WorkflowId")


@pytest.mark.parametrize("fault", [STARTING, JOINING], ids=lambda fault: fault.label)
def test_a_start_that_fails_is_repeated_and_is_one_run(
    world: World, app: Broker, engine: Engine, fault: Fault
) -> None:
    world.network.add(fault)
    action = engine.start(*body())
    assert engine.refused == [503]
    assert engine.finish(action)["runId"] == action.run["runId"]
    assert len(app.dataverse.state().sessions) == 1


def test_an_end_that_cannot_be_announced_is_told_by_the_sweep(
    world: World, app: Broker, engine: Engine
) -> None:
    world.network.add(failing("messages", method="POST", target=r"run-notifications/messages"))
    action = engine.start(*body())
    assert engine.finish(action)["status"] == "Succeeded"
    assert world.network.hits()["messages"] > 0
    assert len(app.dataverse.state().sessions) == 1


def test_unsubscribing_that_fails_is_repeated_and_cancels(
    world: World, app: Broker, engine: Engine
) -> None:
    app.dataverse.hold("machines")
    start, key = body()
    action = engine.start(start | {"cancelOnUnsubscribe": True}, key)
    app.until(action.run["runId"], "Running")
    world.network.add(
        failing("leaving", method="POST", target=r"/\$batch$", body=r"CancelRequestedAt")
    )
    engine.cancel(action)
    assert engine.refused == [503]
    app.until(action.run["runId"], "Cancelled")
    app.dataverse.release("machines")


def test_a_poll_that_cannot_be_answered_fails_no_flow(
    world: World, app: Broker, engine: Engine
) -> None:
    app.dataverse.hold("machines")
    start, key = body()
    started = engine._call("polls", start, key)
    run_id = started.json()["runId"]
    app.until(run_id, "Running")
    target = rf"RowKey='run:{run_id.partition('-')[2]}'"
    world.network.add(Fault("polling", method="GET", target=target, times=None, cut=True))
    polled = engine._repeating("GET", started.headers["Location"])
    assert (polled.status_code, polled.json()) == (202, {"runId": run_id})
    assert polled.headers["Location"] == started.headers["Location"]
    assert engine.refused == []
    world.network.clear()
    app.dataverse.release("machines")
    assert engine.run(start, key)["status"] == "Succeeded"
    assert len(app.dataverse.state().sessions) == 1


def test_subscribing_that_fails_is_repeated_and_leaves_one(
    world: World, app: Broker, engine: Engine
) -> None:
    world.network.add(
        failing("subscribing", method="POST", target=r"/\$batch$", body=r"Generation")
    )
    trigger = save_new(engine)
    assert engine.refused == [503]
    action = engine.start(*body())
    engine.finish(action)
    heard = until(lambda: trigger.callback.told, "the end is not told")
    assert heard[0]["data"]["runId"] == action.run["runId"]
    trigger.delete()
    assert app.http.get("/subscriptions").json()["value"] == []
