"""What a run costs in requests, counted on the wire and held to the table in the documentation."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.parts import Azurite, Emulator, settings_for
from shared.composition import compose
from shared.domain.identifiers import lane_of
from shared.domain.request import validate
from shared.domain.run import Run, RunStatus
from shared.domain.run.delivery_request import DeliveryRequest
from shared.domain.run.filter import RunFilter
from shared.domain.run.waiter import waiter_key
from shared.domain.subscription import SubscriptionRequest
from shared.domain.wait_request import WaitRequest
from shared.runtime import SystemClock
from shared.services import hold, note_allowance
from shared.services.announcing import subscribers
from shared.services.reading.listing import ListRequest
from shared.settings import read
from shared.triggers.ends import ending_text
from shared.triggers.provider import Services
from tests.support.broker import valid_body
from tests.support.hearing import call_back
from tests.support.meter import Meter, metered
from tests.support.patience import until
from tests.support.wire import answers, server

ARCHITECTURE = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"
SERVICES = ("table", "queue", "Dataverse")
MANY = 30


@dataclass
class App:
    """The app's services, as composed, in this process."""

    services: Services
    dataverse: EmulatorAdmin
    meter: Meter

    def start(self, count: int = 1) -> list[Run]:
        keys = [secrets.token_hex(8) for _ in range(count)]
        return [self.services.start(validate(valid_body()), key).run for key in keys]

    def submit(self, run: Run) -> Run:
        self.services.dispatch(lane_of(run.id))
        return self.read(run)

    def running(self, count: int = 1) -> list[Run]:
        """Start runs and submit them; their robots have not ended."""
        runs = self.start(count)
        self.submit(runs[0])
        return [self.read(run) for run in runs]

    def read(self, run: Run) -> Run:
        found = self.services.read(run.id)
        assert found is not None
        return found

    def finish(self, run: Run) -> None:
        self.dataverse.finish_session(run.flow_session_id or "")

    def call_back(self, run: Run) -> None:
        call_back(self.services, run)

    def cost(self, work: Callable[[], object], runs: int = 1) -> tuple[float, ...]:
        """Count the requests that the work makes, a run, to each of SERVICES."""
        self.meter.seen.clear()
        work()
        return tuple(round(self.meter.seen[service] / runs, 2) for service in SERVICES)


@pytest.fixture
def app(azurite: Azurite, emulator: Emulator, admin: EmulatorAdmin) -> Iterator[App]:
    """The services on a table of their own; robots and callbacks wait for the test."""
    admin.hold("machines")
    admin.hold("callbacks")
    settings = settings_for(
        azurite,
        emulator,
        RUN_TABLE=f"Counts{uuid.uuid4().hex}",
        CALLBACK_BASE_URL="http://127.0.0.1:9",
        FIRST_POLL_SECONDS="1",
        LAST_POLL_SECONDS="1",
        SUBMISSIONS_PER_WINDOW="1000",
        NOTIFY_PRIVATE_HOSTS="127.0.0.1",
    )
    with pytest.MonkeyPatch.context() as patch:
        # What holds is read again every two seconds, however many runs are submitted meanwhile.
        patch.setattr(hold, "FRESH_MS", 10**9)
        patch.setattr(subscribers, "FRESH_SECONDS", 1e9)  # likewise, who listens for ends
        patch.setattr(note_allowance, "EVERY_SECONDS", 1e9)  # likewise, what Dataverse allows
        for name, value in emulator.identity_environment.items():
            patch.setenv(name, value)
        dataverse = f"{emulator.url}/api/data"
        places = {azurite.table_url: "table", azurite.queue_url: "queue", dataverse: "Dataverse"}
        meter = Meter(places)
        made = App(compose(read(settings)), admin, meter)
        admin.change_behaviour(runs_per_window=1000)
        with metered(meter):
            # What only the first of its kind costs: the table, queues, lane and what is learnt.
            (first,) = made.running()
            made.finish(first)
            made.call_back(first)
            made.services.sweep()
            yield made


def until_due(app: App, runs: list[Run]) -> None:
    """Wait until somebody has to look at each of the runs."""

    def due() -> bool:
        now = SystemClock().now()
        return all((app.read(run).watch_at or now) < now for run in runs)

    until(due, "no look is due", every=0.2)


def measured(app: App) -> dict[str, tuple[float, ...]]:
    """Take a run through its life, and others through other lives."""
    services, costs = app.services, dict[str, tuple[float, ...]]()
    request = validate(valid_body())
    costs["start, with a key"] = app.cost(lambda: services.start(request, "order 1"))
    again = services.start(request, "order 1").run
    costs["the same start again"] = app.cost(lambda: services.start(request, "order 1"))
    costs["reading a queued run, with its place"] = app.cost(
        lambda: services.lanes.outlook(app.read(again))
    )
    costs["submission, alone"] = app.cost(lambda: services.dispatch(lane_of(again.id)))
    many = app.start(MANY)
    costs[f"submission, one of {MANY}"] = app.cost(lambda: app.submit(many[0]), MANY)
    run = app.read(again)
    signer = services.hear_callback.signer
    costs["forged callback"] = app.cost(lambda: signer.accepts(run.id, "0" * 32))
    costs["callback before the end"] = app.cost(lambda: app.call_back(run))
    app.finish(run)
    costs["callback"] = app.cost(lambda: app.call_back(run))
    costs["duplicate callback"] = app.cost(lambda: app.call_back(run))
    until_due(app, many)
    costs[f"poll of a running session, one of {MANY}"] = app.cost(services.sweep, MANY)
    for each in many:
        app.finish(app.read(each))
    until_due(app, many)
    costs[f"poll that finds the end, one of {MANY}"] = app.cost(services.sweep, MANY)
    at_once = app.running(MANY)
    for each in at_once:
        app.finish(each)
    costs[f"callback, one of {MANY}"] = app.cost(lambda: call_back(services, *at_once), MANY)
    costs["sweep with nothing to do, one lane"] = app.cost(services.sweep)
    (queued,) = app.start()
    costs["cancelling a queued run"] = app.cost(lambda: services.cancel(queued.id))
    (running,) = app.running()
    costs["cancelling a running run"] = app.cost(lambda: services.cancel(running.id))
    costs["outputs, first reading"] = app.cost(lambda: services.read_outputs(run.id))
    costs["outputs, later readings"] = app.cost(lambda: services.read_outputs(run.id))
    costs["reading a run that goes on or has ended"] = app.cost(
        lambda: services.lanes.outlook(app.read(run))
    )
    costs["listing the run of a key"] = app.cost(
        lambda: services.list_runs(ListRequest(key="order 1"))
    )
    costs |= lists(app)
    costs["listing lanes, one"] = app.cost(services.lanes)
    costs["one lane as it is now"] = app.cost(lambda: services.lanes.one(lane_of(run.id)))
    costs["what needs attention"] = app.cost(services.attention)
    costs |= engines(app)
    wishes = [(request, secrets.token_hex(8)) for _ in range(MANY)]
    costs[f"start, one of {MANY} in a batch"] = app.cost(lambda: services.start_batch(wishes), MANY)
    return costs


def lists(app: App) -> dict[str, tuple[float, ...]]:
    """List and search: the number of lanes changes nothing (test_list_requests.py)."""
    asked = {
        "listing all runs, a page": ListRequest(),
        "listing runs that ended so, a page": ListRequest(
            where=RunFilter(statuses=frozenset({RunStatus.FAILED}))
        ),
        "listing the runs of a connection, a page": ListRequest(connection_name="shared-uiflow"),
        "searching runs by a text": ListRequest(search="order 4711"),
        "searching runs by a session's id": ListRequest(
            search=app.running()[0].flow_session_id or ""
        ),
    }
    list_runs = app.services.list_runs
    return {what: app.cost(partial(list_runs, each)) for what, each in asked.items()}


def engines(app: App) -> dict[str, tuple[float, ...]]:
    """Take runs through the lives that engines have them lead: somebody waits, asks or listens."""
    services, costs = app.services, dict[str, tuple[float, ...]]()
    with server(answers(202)) as receiver:
        request = WaitRequest(validate(valid_body()), receiver.url)
        costs["start and wait"] = app.cost(lambda: services.start_and_wait(request, "order 2"))
        awaited = services.start_and_wait(request, "order 2")
        run = app.submit(awaited.run)
        costs["asking a running run for its end"] = app.cost(lambda: services.read_ending(run.id))
        app.finish(run)
        costs["callback of a run that one waits for"] = app.cost(lambda: app.call_back(run))
        waits = DeliveryRequest(run.id, waiter=waiter_key(receiver.url))
        costs["telling one who waits"] = app.cost(lambda: services.deliver(waits, ending_text))
        costs["unsubscribing one who waits"] = app.cost(lambda: services.leave_wait(awaited.name))
        listens = SubscriptionRequest(receiver.url)
        costs["subscribing"] = app.cost(lambda: services.subscribe(listens))
        services.deliver.subscribers._last.clear()  # all have read since then who listens
        services.deliver.subscribers.of(run)
        (heard,) = app.running()
        app.finish(heard)
        costs["callback of a run that one listens for"] = app.cost(lambda: app.call_back(heard))
        told = DeliveryRequest(heard.id, subscription=listens.id)
        services.deliver(told, ending_text)  # that he hears is noted once a minute
        costs["telling one who listens"] = app.cost(lambda: services.deliver(told, ending_text))
        assert len(receiver.heard) == 3
    return costs


def documented() -> dict[str, tuple[float, ...]]:
    """The table under "What a run costs": `| what | table | queue | Dataverse |`."""
    text = ARCHITECTURE.read_text().partition("## What a run costs")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([\d.]+ \| [\d.]+ \| [\d.]+) \|$", text, re.MULTILINE)
    return {what: tuple(map(float, counts.split(" | "))) for what, counts in rows}


def test_the_documented_costs_are_what_is_counted(app: App) -> None:
    counted, told = measured(app), documented()
    table = "\n".join(
        f"| {what} | {' | '.join(f'{count:g}' for count in counts)} |"
        for what, counts in counted.items()
    )
    assert told.keys() == counted.keys(), f"the table should be:\n{table}"
    for what, counts in counted.items():
        # A busy machine may settle a lane's window once more: of many runs that is next to nothing.
        leeway = 0.2 if "one of" in what else 0.0
        assert told[what] == pytest.approx(counts, abs=leeway), f"the table should be:\n{table}"
