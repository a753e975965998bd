"""Polling with true times: ends are heard of in time, and nothing storms or starves."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from shared.dataverse.errors import Answer, OutcomeUnknownError, RefusedError, ThrottledError
from shared.domain.identifiers import is_lane_id
from shared.domain.instants import from_iso
from shared.domain.session import UNREADABLE
from shared.services.rounds import sweep
from tests.simulation.callbacks import DELIVERY_MS, TRIES, TRY_AGAIN_MS
from tests.simulation.chaos import Outage, Rates, Service
from tests.simulation.host import SWEEP_EVERY_MS
from tests.simulation.lives import (
    MINUTE,
    PACE,
    POLLING,
    QUERIES,
    SUBMISSIONS,
    Life,
    begin,
    plain,
    wishes,
)

NO_CALLBACKS = Rates(callback_lost=1.0)
ROOMY = replace(PACE, limit=300)


def test_without_callbacks_every_end_is_heard_of_within_its_interval(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All callbacks are lost; the longest robot works for half an hour."""
    life = begin(plain(wishes(200), rates=NO_CALLBACKS), monkeypatch)
    life.live(50 * MINUTE)
    life.rest()
    for run_id, run in life.world.promises.runs.items():
        ended = life.world.dataverse.sessions[str(run["FlowSessionId"])].ends_at
        interval = POLLING.wait(int(run.get("Polls", 0)))
        late = life.final_at[run_id] - ended
        assert 0 <= late <= interval + SWEEP_EVERY_MS + 5_000


DOWN = Outage(Service.DATAVERSE, 12 * MINUTE, 22 * MINUTE)
LANES, LIMIT, AT_WORK, QUEUED = 4, 10, 200, 200
REFUSED = RefusedError(Answer(403, "0x80040220", "privilege missing"))
GATEWAY = OutcomeUnknownError("502 Bad Gateway")


@pytest.mark.parametrize("rates", [Rates(), NO_CALLBACKS], ids=["callbacks", "no callbacks"])
@pytest.mark.parametrize("refuses", [True, False], ids=["refuses connections", "a gateway's 502"])
def test_dataverse_down_for_ten_minutes_loses_nothing_and_meets_no_storm(
    monkeypatch: pytest.MonkeyPatch, rates: Rates, refuses: bool
) -> None:
    """Some 200 runs are at work and 200 queued, on four lanes, when it goes."""
    asked_for = (
        *wishes(AT_WORK, lanes=LANES),
        *wishes(QUEUED, first=AT_WORK, lanes=LANES, at=DOWN.begins - 5_000),
    )
    scenario = plain(
        asked_for,
        instances=3,
        lanes=LANES,
        pace=replace(PACE, limit=LIMIT),
        rates=rates,
        works_up_to=40 * MINUTE,
        outages=(DOWN,) if refuses else (),
    )
    life = begin(scenario, monkeypatch)
    if not refuses:
        life.fails = lambda _, now: GATEWAY if DOWN.begins <= now < DOWN.ends else None
    life.live(DOWN.ends)
    down = minutes(DOWN.begins, DOWN.ends)
    # A sweep asks once; where it hears a gateway, it may be one member's fault, and it asks a few
    # times. A lane that backs away sends one run to find out, after 2, 4, 8, 16, 32 and then 60
    # seconds; one that hears a gateway has its window.
    reads = 1 if refuses else 7
    for each in down:
        assert life.count(*each, *QUERIES, "session") <= reads + looks(life, *each)
    assert life.count(*down[0], SUBMISSIONS) <= 6 * LANES * LIMIT
    most = 2 * LANES if refuses else 2 * LANES * LIMIT
    assert all(life.count(*each, SUBMISSIONS) <= most for each in down[2:])
    life.live(DOWN.ends + 60 * MINUTE)
    life.live(DOWN.ends + 90 * MINUTE)
    runs = AT_WORK + QUEUED
    for each in minutes(DOWN.ends, DOWN.ends + 60 * MINUTE):
        queries = -(-runs // 100) + -(-runs // 50)
        assert life.count(*each) <= LANES * LIMIT + queries + life.ends(*each)
    life.rest()


def looks(life: Life, begins: int, ends: int) -> int:
    """Tell how many looks callbacks may bring: each delivery of one asks once, with others or not.

    Those of the last ends of the minute before come in this one.
    """
    if life.world.scenario.rates == NO_CALLBACKS:
        return 0
    return TRIES * life.ends(begins - TRIES * (TRY_AGAIN_MS + DELIVERY_MS[1]), ends)


def minutes(begins: int, ends: int) -> list[tuple[int, int]]:
    return [(at, at + MINUTE) for at in range(begins, ends, MINUTE)]


def test_a_sweep_that_is_killed_is_gone_on_with_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it had recorded stays, what it had not stays due."""
    life = stale(monkeypatch, instances=1)
    world = life.world

    def kill_at_the_40th() -> None:
        if len(life.final_at) == 40:
            process = world.host.instances["i0"].process
            world.scheduler.kill(process)
            world.host.restart(process, 5_000)

    life.on_final = kill_at_the_40th
    while len(life.final_at) < 40:
        life.live(life.now + 10)
    killed_at = life.now
    life.live(killed_at + 2 * SWEEP_EVERY_MS)
    life.rest()
    assert life.count(killed_at, life.now) <= 3, "260 sessions are left, 100 a query"


def test_sweeps_without_time_enough_take_the_longest_due_first_and_leave_out_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    life = stale(monkeypatch, instances=1, concurrency=2)
    monkeypatch.setattr(sweep, "BUDGET_SECONDS", 1.0)
    due = {
        run_id: from_iso(str(run["WatchAt"])) for run_id, run in life.world.promises.runs.items()
    }
    life.live(life.now + 20 * MINUTE)
    life.rest()
    rounds: dict[int, list[int]] = {}
    for run_id, at in life.final_at.items():
        rounds.setdefault(at // SWEEP_EVERY_MS, []).append(due[run_id])
    taken = [rounds[each] for each in sorted(rounds)]
    assert len(taken) > 2, "one round had time enough, and this shows nothing"
    for earlier, later in itertools.pairwise(taken):
        assert max(earlier) <= min(later)


def test_a_429_stops_the_sweeps_of_all_instances_for_as_long_as_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And the lanes go on submitting: what they are told is their own."""
    life = stale(monkeypatch, instances=3)
    told: list[int] = []

    def throttle_once(name: str, now: int) -> Exception | None:
        if name != "sessions" or told:
            return None
        told.append(now)
        return ThrottledError(Answer(429, "0x80072322", "too many requests"), 150.0)

    life.fails = throttle_once
    life.live(life.now + 8 * MINUTE)
    life.rest()
    (at,) = told
    assert life.count(at + 1, at + 149_000, *QUERIES, "session", "cancel") == 0
    assert life.count(at + 149_000, at + 150_000 + 2 * SWEEP_EVERY_MS, *QUERIES) == 3


def test_sessions_that_may_not_be_read_cost_little_and_end_once_they_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Half an hour without the privilege: a query and no more than a hundred writes a sweep."""
    life = stale(monkeypatch)
    written: list[int] = []

    def count(partition: str, _: object) -> None:
        if is_lane_id(partition):  # beside these the index is told of runs that it does not know
            written.append(life.now)

    life.world.table.watchers.append(count)
    forbidden_at, granted_at = life.now, life.now + 30 * MINUTE
    life.fails = lambda name, now: REFUSED if name in QUERIES and now < granted_at else None
    life.live(granted_at)
    assert {run.get("ErrorCode") for run in life.world.promises.runs.values()} == {UNREADABLE}
    for each in minutes(forbidden_at, granted_at):
        assert life.count(*each) <= 1
        assert sum(each[0] <= at < each[1] for at in written) <= 100
    assert len(written) < 30 * 100 / 2, "the intervals grow"
    life.live(granted_at + POLLING.last + 2 * SWEEP_EVERY_MS)
    life.rest()
    assert set(life.statuses()) == {"Succeeded"}
    assert not any("ErrorCode" in run for run in life.world.promises.runs.values())


def stale(monkeypatch: pytest.MonkeyPatch, **changes: int) -> Life:
    """Give a life in which 300 sessions ended, nobody was told, and the first look comes next."""
    scenario = plain(wishes(300), pace=ROOMY, rates=NO_CALLBACKS, works_up_to=MINUTE, **changes)
    life = begin(scenario, monkeypatch)
    while life.statuses().count("Running") < 300:
        life.live(life.now + 100)
    life.live(life.now + MINUTE)
    assert not life.final_at
    return life
