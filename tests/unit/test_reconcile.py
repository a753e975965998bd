"""Reconciling: a row that is wrong is put right however many that are right stand before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import end
from shared.domain.run.notification import Notification
from shared.services.rounds.reconcile import READS, ROWS, SAME_FOR_MS, Reconcile
from tests.support.clocks import HandClock
from tests.support.listing import Lists
from tests.support.runs import NOW


@dataclass
class OneAfterTheOther:
    """What reconciling needs of a round of the sweep."""

    ended: list[Any] = field(default_factory=list)

    def side_by_side(self, work: Sequence[tuple[str, Callable[[], bool]]]) -> list[bool]:
        return [each() for _, each in work]


class Bench:
    def __init__(self) -> None:
        self.app = Lists()
        self.clock = HandClock(at=NOW + 2 * SAME_FOR_MS)
        app = self.app
        self.reconcile = Reconcile(app.index, app.index_lists, app.lanes, self.clock)

    def sweep(self, times: int = 1) -> None:
        for _ in range(times):
            self.clock.sleep(60)
            this = cast("Any", OneAfterTheOther())
            self.reconcile(self.app.lanes.ids(), [], this)

    def change_in_silence(self, run: Run, step: Callable[[Run], Run]) -> None:
        """Change a run, and die before the index is told."""
        stored = self.app.runs.read(run.id)
        assert stored is not None
        self.app.runs.change(stored, step)


def test_rows_that_are_right_do_not_stand_before_one_that_is_wrong_for_ever() -> None:
    bench = Bench()
    gave_up = Notification(NOW, attempts=9, given_up_at=NOW)
    for number in range(2 * READS):
        bench.app.add(0, NOW + number, status=RunStatus.FAILED, notification=gave_up)
    undecided = bench.app.add(1, NOW + 9_000, needs_operator_at=NOW)
    bench.change_in_silence(
        undecided, lambda run: end(replace(run, needs_operator_at=None), RunStatus.FAILED, at=NOW)
    )
    final = bench.app.runs.read(undecided.id)
    assert final is not None
    assert bench.app.index.ended(final.run), "its end was announced, which says nothing of needs"
    assert bench.app.indexed.needing(1).runs
    bench.sweep(5)
    assert bench.app.indexed.needing(1).runs == ()


def test_a_run_that_nobody_listed_is_found_however_far_back_it_waits() -> None:
    bench = Bench()
    for number in range(2 * ROWS):
        bench.app.add(0, NOW + number)
    unlisted = bench.app.made[-1]
    bench.app.index.table.remove([unlisted])
    assert unlisted.id not in bench.app.listed()
    bench.sweep(60)
    assert unlisted.id in bench.app.listed()
