"""A lane that leaves the list while somebody starts a run in it: no run is lost.

Every place at which either can stand still is tried: before each of its calls to storage.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable

import pytest

from shared.domain.lane import Lane
from shared.domain.lane_stop import Stop
from shared.domain.request import RunMode, RunRequest, StartRequest
from shared.services.starting.start import Started
from shared.storage.lane_list import LISTED_ROW, LISTING_ROW
from shared.storage.rows import LANE_ROW
from shared.storage.table import Delete
from shared.triggers.provider import Services
from tests.simulation.bench import CONNECTION, Bench
from tests.simulation.chaos import Rates
from tests.simulation.dataverse import ENVIRONMENT
from tests.simulation.sessions import WORKFLOW

RETENTION = 600_000
CALLS_OF_LEAVING, CALLS_OF_A_START = 5, 14
"""More than either has, so that each is also tried after the other."""

KNOWN = pytest.mark.parametrize("known", [False, True], ids=["anew", "known"])
HALF = pytest.mark.parametrize("half", [False, True], ids=["whole", "half gone"])


def request(token: str) -> StartRequest:
    run = RunRequest(WORKFLOW, CONNECTION, RunMode.UNATTENDED, correlation_id=token)
    return StartRequest(run, json.dumps({"token": token}))


def starting(bench: Bench, token: str, *, known: bool = False) -> Callable[[Services], Started]:
    """Start a run; `known`: in a process that has seen the lane before."""

    def work(services: Services) -> Started:
        if known:
            services.start.lanes.list._known.add(bench.lane)
        return services.start(request(token), token)

    return work


def leaving(bench: Bench) -> Callable[[Services], int]:
    return lambda services: services.retain._leave(bench.lane, bench.now - RETENTION)


def before(number: int) -> Callable[[int], bool]:
    return lambda call: call == number


@pytest.fixture
def bench() -> Bench:
    return Bench(verbose=False, retention=RETENTION)


def old(bench: Bench) -> Bench:
    """Make a lane that nobody has used for as long as the retention."""
    lane = Lane(bench.lane, ENVIRONMENT, CONNECTION)
    bench.lanes.ensure(lane, bench.now)
    bench.lanes.list._known.clear()
    bench.wait(RETENTION + 1_000)
    return bench


def half_gone(bench: Bench) -> Bench:
    """Let whoever has it leave die before its entry goes."""
    undertaking = old(bench).begin(leaving(bench), before(4))
    bench.kill(undertaking)
    assert bench.lanes.ids() == [bench.lane]
    assert bench.lanes.read(bench.lane) is None
    return bench


def rows_of(bench: Bench) -> set[str]:
    return set(bench.world.table.partitions().get(bench.lane, {}))


def check(bench: Bench) -> None:
    """Whoever looks for the lanes' runs finds them: the lane is whole, and in the list."""
    found = rows_of(bench)
    assert {LANE_ROW, LISTED_ROW} <= found
    assert LISTING_ROW not in found
    assert bench.lanes.ids() == [bench.lane]


class TestLeaving:
    def test_a_lane_that_nobody_used_leaves_and_nothing_of_it_stays(self, bench: Bench) -> None:
        assert old(bench).do(leaving(bench)) == 1
        assert (rows_of(bench), bench.lanes.ids()) == (set(), [])

    def test_half_gone_it_goes_another_day(self, bench: Bench) -> None:
        assert half_gone(bench).do(leaving(bench)) == 1
        assert bench.lanes.ids() == []

    def test_a_lane_that_was_used_since_then_stays(self, bench: Bench) -> None:
        old(bench).start("a")
        assert bench.do(leaving(bench)) == 0
        check(bench)

    def test_a_lane_whose_slots_were_held_since_then_stays(self, bench: Bench) -> None:
        """Anew it would have all of them."""
        pace = old(bench).scenario.pace
        bench.lanes.change(bench.lane, lambda lane: lane.take("claim", 1, bench.now, pace))
        assert bench.do(leaving(bench)) == 0
        check(bench)
        bench.wait(2 * RETENTION)
        assert bench.do(leaving(bench)) == 1

    def test_a_lane_that_an_operator_has_stopped_stays(self, bench: Bench) -> None:
        old(bench)
        stop = Stop("closed")
        assert bench.do(lambda services: services.pause_lane(bench.lane, stop))
        assert bench.do(leaving(bench)) == 0
        bench.do(lambda services: services.resume_lane(bench.lane))
        assert bench.do(leaving(bench)) == 1

    def test_a_lane_of_an_earlier_version_is_listed_first(self, bench: Bench) -> None:
        """Nobody knows when it was used: it leaves as long after that."""
        old(bench).world.table.commit(bench.lane, [Delete(LISTED_ROW)])
        assert bench.do(leaving(bench)) == 0
        check(bench)
        assert bench.do(leaving(bench)) == 0
        bench.wait(RETENTION + 1_000)
        assert bench.do(leaving(bench)) == 1

    def test_a_start_in_a_lane_of_an_earlier_version_lists_it(self, bench: Bench) -> None:
        old(bench).world.table.commit(bench.lane, [Delete(LISTED_ROW)])
        bench.start("a")
        check(bench)

    def test_who_died_while_he_brought_a_lane_back_keeps_it_no_longer_than_that(
        self, bench: Bench
    ) -> None:
        undertaking = half_gone(bench).begin(starting(bench, "a"), before(4))
        bench.kill(undertaking)
        assert rows_of(bench) == {LISTING_ROW}
        assert bench.do(leaving(bench)) == 0
        bench.wait(RETENTION + 1_000)
        assert [bench.do(leaving(bench)) for _ in range(2)] == [0, 1]
        assert (rows_of(bench), bench.lanes.ids()) == (set(), [])


@KNOWN
@HALF
@pytest.mark.parametrize("first", range(1, CALLS_OF_LEAVING + 1))
def test_a_start_loses_nothing_wherever_the_lane_is_in_its_leaving(
    bench: Bench, first: int, *, half: bool, known: bool
) -> None:
    """Leaving stands still, the start goes on to a place, leaving goes on to another; both end."""
    places = itertools.product(range(first, CALLS_OF_LEAVING + 1), range(1, CALLS_OF_A_START + 1))
    for second, place in places:
        bench = Bench(verbose=False, retention=RETENTION)
        (half_gone if half else old)(bench)
        leaves = bench.begin(leaving(bench), before(first))
        starts = bench.begin(starting(bench, "a", known=known), before(place))
        bench.go_on(leaves, before(second))
        bench.go_on(starts)
        bench.go_on(leaves)
        assert starts.result().new, (second, place)
        check(bench)


@HALF
@pytest.mark.parametrize("place", range(1, CALLS_OF_A_START + 1))
def test_of_two_starts_neither_is_lost_though_one_dies(
    bench: Bench, place: int, *, half: bool
) -> None:
    """The one that dies has brought the lane half back, while it leaves."""
    for second in range(1, CALLS_OF_LEAVING + 1):
        bench = Bench(verbose=False, retention=RETENTION)
        (half_gone if half else old)(bench)
        leaves = bench.begin(leaving(bench), before(2))
        dies = bench.begin(starting(bench, "a", known=True), before(place))
        bench.go_on(leaves, before(second))
        other = bench.begin(starting(bench, "b", known=True))
        bench.kill(dies)
        bench.go_on(leaves)
        assert other.result().new
        check(bench)
        bench.start("a")
        check(bench)


def test_a_start_whose_requests_are_repeated_brings_its_lane_back(bench: Bench) -> None:
    old(bench).do(leaving(bench))
    rates = Rates(sdk_repeat=1.0)
    run = bench.do(starting(bench, "a"), rates).run
    assert bench.runs.read(run.id) is not None
    check(bench)


def test_a_key_whose_lane_has_left_makes_its_run_in_it(bench: Bench) -> None:
    """It was taken, and its start died; the lane it names left before the start was repeated."""
    dies = old(bench).begin(starting(bench, "a", known=True), before(2))
    bench.kill(dies)
    assert bench.do(leaving(bench)) == 1
    run = bench.start("a")
    assert rows_of(bench) >= {f"run:{run.id.partition('-')[2]}"}
    check(bench)
    bench.rest()
    assert bench.stored(run).run.final
