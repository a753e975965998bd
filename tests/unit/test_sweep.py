"""The sweep: what stands in its way does not keep it from looking after runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from shared.runtime import SystemClock, thread_crew
from shared.services.ports import Crew
from shared.services.rounds.round import Round
from shared.services.rounds.sweep import Sweep
from shared.storage.rows import Watch
from shared.storage.table import StorageUnavailableError
from tests.support.runs import LANE, NOW, RUN_ID

LOOK = Watch(RUN_ID, NOW)
BROKEN = "a lane whose row nobody can read"


class Lanes:
    """Lanes without a backlog, in one of which a look is due."""

    def __init__(self, *others: str) -> None:
        self.others = others

    def ids(self) -> list[str]:
        return [*self.others, LANE]

    def backlog(self, lane_id: str, *_: object) -> list[object]:
        if lane_id == BROKEN:
            raise ValueError("no JSON")
        return []

    def watches(self, *_: object) -> list[Watch]:
        return [LOOK]


class NoSurvey:
    """Keeps nothing, and notes nothing."""

    def keep_states(self, *_: object) -> None: ...

    def note(self) -> None: ...


def _nothing(*_: object) -> None:
    """Compares nothing with the index, and tells it nothing."""


class Unmakable:
    """A queue that the app may not make, or that nobody can reach."""

    def ensure(self) -> None:
        raise StorageUnavailableError("queue storage: 403")


def sweep(
    lanes: Lanes, *inboxes: Unmakable, doubles: Callable[[str], None] = lambda _: None
) -> list[Watch]:
    """Sweep once and give what was to be looked at."""
    looked_at: list[Watch] = []

    def poll(watches: list[Watch], _: Round) -> None:
        looked_at.extend(watches)

    def rounds(crew: Crew, ends: float) -> Round:
        nobody = cast("Any", None)
        ending = cast("Any", doubles)
        return Round(
            crew, ends, SystemClock(), nobody, nobody, nobody, nobody, nobody, ending, [], _nothing
        )

    known, nobody, poller = cast("Any", lanes), cast("Any", None), cast("Any", poll)
    survey = cast("Any", NoSurvey())
    Sweep(
        known,
        nobody,
        poller,
        rounds,
        survey,
        thread_crew,
        SystemClock(),
        2,
        _nothing,
        lambda: None,
        inboxes,
    )()
    return looked_at


def test_a_queue_that_cannot_be_made_keeps_no_run_from_being_looked_at() -> None:
    assert sweep(Lanes(), Unmakable(), Unmakable()) == [LOOK]


def test_a_lane_that_cannot_be_read_keeps_no_other_from_being_looked_at() -> None:
    """It is there in every round."""
    assert sweep(Lanes(BROKEN)) == [LOOK]


def test_doubles_that_cannot_be_ended_keep_no_run_of_their_lane_from_being_looked_at() -> None:
    """They take their own time, not that of the lanes."""

    def fails(lane_id: str) -> None:
        raise StorageUnavailableError(lane_id)

    assert sweep(Lanes(), doubles=fails) == [LOOK]
