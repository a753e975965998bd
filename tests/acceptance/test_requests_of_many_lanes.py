"""What looking at lanes costs in requests, counted on the wire, however many lanes there are."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from local.parts import Azurite, Emulator, settings_for
from shared.composition import compose
from shared.domain.identifiers import TAIL_RANDOM_BYTES, lane_id, run_id
from shared.domain.lane import Lane
from shared.domain.lane_state import NONE, Count, LaneState
from shared.domain.pause import Pause
from shared.runtime import SystemClock, thread_crew
from shared.services.reading.index_listing import SomeRuns
from shared.settings import read
from shared.storage.lane_list import LANES_PARTITION
from shared.storage.rows import Place
from shared.storage.table import TRANSACTION_LIMIT, Insert, Operation, Table
from shared.triggers.provider import Services
from tests.support.meter import Meter, metered

LANES, MOST = 8, 10
WAITING = 3
"""How many runs wait in each lane that is made."""


@dataclass
class App:
    services: Services
    table: Table
    environment: str
    meter: Meter

    def lane(self, number: int) -> Lane:
        connection = f"shared-many-{number:04d}"
        return Lane(lane_id(self.environment, connection), self.environment, connection)

    def requests(self) -> int:
        """Count the requests since the last time."""
        count = sum(self.meter.seen.values())
        self.meter.seen.clear()
        return count

    def make(self, count: int) -> list[Lane]:
        """Make lanes in which runs wait, and of which nobody has seen anything yet."""
        lanes = [self.lane(number) for number in range(count)]
        for lane in lanes:
            self.services.start.lanes.ensure(lane)
            self.queue(lane, WAITING)
        return lanes

    def queue(self, lane: Lane, count: int) -> None:
        """Write places of a backlog, without the runs that nobody reads here."""
        now = SystemClock().now()
        for start in range(0, count, TRANSACTION_LIMIT):
            numbers = range(start, min(count, start + TRANSACTION_LIMIT))
            ids = [run_id(lane.id, now + n, bytes(TAIL_RANDOM_BYTES)) for n in numbers]
            places = [Place(each, now + n, 0) for n, each in zip(numbers, ids, strict=True)]
            self.table.commit(lane.id, [Insert(each.row, {"Attempts": 0}) for each in places])

    def list_and_keep(self, first: int, last: int, state: LaneState) -> None:
        """Put lanes into the list and what was seen of them beside it; they have no rows."""
        lanes = [self.lane(number) for number in range(first, last)]
        entries: list[Operation] = [
            Insert(lane.id, {"Connection": lane.connection}) for lane in lanes
        ]
        for start in range(0, len(entries), TRANSACTION_LIMIT):
            self.table.commit(LANES_PARTITION, entries[start : start + TRANSACTION_LIMIT])
        self.services.lanes.states.keep([replace(state, lane=lane) for lane in lanes])


@pytest.fixture
def app(azurite: Azurite, emulator: Emulator) -> Iterator[App]:
    settings = read(settings_for(azurite, emulator, RUN_TABLE=f"Many{uuid.uuid4().hex}"))
    meter = Meter({azurite.table_url: "table", azurite.queue_url: "queue"})
    services = compose(settings)
    table: Table = services.lanes.states._table
    with metered(meter):
        yield App(services, table, settings.policy.environment, meter)


def survey(app: App) -> None:
    """Do what each sweep does for the lanes."""
    with thread_crew(8) as crew:
        app.services.sweep.survey.keep_states(app.services.start.lanes.ids(), set(), crew)


def busy(app: App, as_of: int) -> LaneState:
    return LaneState(app.lane(0), Count(1, exact=True), NONE, NONE, as_of, as_of)


def test_hundreds_of_lanes_are_listed_in_eight_requests_seen_or_not(app: App) -> None:
    lanes = app.make(200)
    app.requests()
    unseen = app.services.lanes()
    assert app.requests() <= LANES
    assert [view.connection for view in unseen] == [lane.connection for lane in lanes]
    seen = [view for view in unseen if view.as_of is not None]
    assert len(seen) == 2
    assert all("backlog" in view.at_least for view in unseen if view.as_of is None)
    survey(app)
    app.requests()
    views = app.services.lanes()
    assert app.requests() <= LANES
    assert {view.backlog for view in views} == {Count(WAITING, exact=True)}
    assert all(view.oldest_at is not None for view in views)


def test_what_was_seen_longest_ago_is_looked_at_first(app: App) -> None:
    lanes = app.make(6)
    survey(app)
    app.queue(lanes[3], 20)
    *_, views = [app.services.lanes() for _ in range(3)]  # each looks at two
    assert {view.connection: view.backlog.number for view in views}[lanes[3].connection] > WAITING


@pytest.mark.parametrize("count", [300, 999, 1_000, 1_999])
def test_listing_lanes_takes_eight_requests_however_many_there_are(app: App, count: int) -> None:
    """The ones that are looked at may have backlogs that are longer than a page."""
    for lane in app.make(2):
        app.queue(lane, 1_100)
    now = SystemClock().now()
    app.list_and_keep(2, count, busy(app, now))
    app.services.lanes.states.keep([replace(busy(app, now - 1), lane=app.lane(n)) for n in (0, 1)])
    app.requests()
    views = app.services.lanes()
    assert app.requests() <= LANES
    assert len(views) == count
    assert max(view.backlog.number for view in views) == 1_000


def test_one_lane_takes_two_requests_or_three(app: App) -> None:
    (lane,) = app.make(1)
    app.requests()
    view = app.services.lanes.one(lane.id)
    assert app.requests() == 2
    assert view is not None
    assert view.backlog == (WAITING, True)
    app.queue(lane, 1_100)
    app.requests()
    long = app.services.lanes.one(lane.id)
    assert app.requests() == 3
    assert long is not None
    assert (long.backlog, long.at_least) == ((1_000, False), ["backlog"])


class NoRuns:
    def needing(self, _: int) -> SomeRuns:
        return SomeRuns((), more=False)

    def given_up(self, _: int) -> SomeRuns:
        return SomeRuns((), more=False)


def test_what_needs_attention_takes_few_requests_beside_those_for_runs(app: App) -> None:
    now = SystemClock().now()
    app.list_and_keep(0, 1_999, busy(app, now))
    paused = app.lane(7).stop(Pause(now + 600_000, "LanePaused", "month end", now))
    app.services.lanes.states.keep([replace(busy(app, now), lane=paused)])
    attention = replace(app.services.attention, runs=NoRuns())
    app.requests()
    told = attention()
    assert app.requests() <= MOST - 4
    assert [view.connection for view in told.paused] == [paused.connection]
