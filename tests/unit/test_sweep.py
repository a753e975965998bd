"""The sweep: what stands in its way does not keep it from looking after runs."""

from __future__ import annotations

from typing import Any, cast

from shared.runtime import SystemClock, thread_crew
from shared.services.sweep import Sweep
from shared.storage.rows import WatchRow
from shared.storage.table import StorageUnavailableError
from tests.support.runs import LANE, NOW, PACE, RUN_ID

LOOK = WatchRow(RUN_ID, NOW)


class Lanes:
    """One lane without a backlog, in which a look is due."""

    def ids(self) -> list[str]:
        return [LANE]

    def backlog(self, *_: object) -> list[object]:
        return []

    def watches(self, *_: object) -> list[WatchRow]:
        return [LOOK]


class Unmakable:
    """A queue that the app may not make, or that nobody can reach."""

    def ensure(self) -> None:
        raise StorageUnavailableError("queue storage: 403")


def test_a_queue_that_cannot_be_made_keeps_no_run_from_being_looked_at() -> None:
    looked_at: list[WatchRow] = []

    class Poll:
        def begin_round(self) -> None: ...

        def __call__(self, watches: list[WatchRow], *_: object) -> None:
            looked_at.extend(watches)

    lanes, nobody = cast("Any", Lanes()), cast("Any", None)
    inboxes = (Unmakable(), Unmakable())
    poll_only = (lanes, nobody, cast("Any", Poll()), cast("Any", lambda _: None))
    sweep = Sweep(*poll_only, thread_crew, SystemClock(), PACE, 2, inboxes)
    sweep()
    assert looked_at == [LOOK]
