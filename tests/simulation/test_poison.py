"""One session that fails every query it is in: it waits, and no other does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from shared.dataverse.errors import Answer, OutcomeUnknownError, RefusedError
from tests.simulation.chaos import Rates
from tests.simulation.host import SWEEP_EVERY_MS
from tests.simulation.lives import MINUTE, PACE, POLLING, QUERIES, Life, begin, plain, wishes
from tests.simulation.remote_dataverse import RemoteDataverse

RUNS = 150
UNKNOWN = OutcomeUnknownError("500")
BAD_REQUEST = RefusedError(Answer(400, "0x80048d19", "one of the values is not accepted"))


def at_work(monkeypatch: pytest.MonkeyPatch) -> Life:
    """Give a life in which all sessions have ended, and nobody was told or has looked."""
    scenario = plain(
        wishes(RUNS),
        rates=Rates(callback_lost=1.0),
        works_up_to=MINUTE,
        pace=PACE,
        instances=1,
    )
    life = begin(scenario, monkeypatch)
    while life.statuses().count("Running") < RUNS:
        life.live(life.now + 100)
    return life


def poison(
    monkeypatch: pytest.MonkeyPatch, session_id: str, error: Exception, *, alone: bool = False
) -> None:
    """Let every query that asks for a session fail; `alone`: and each reading of it."""
    sessions, session = RemoteDataverse.sessions, RemoteDataverse.session

    def tainted(self: RemoteDataverse, ids: Sequence[str]) -> Any:
        found = sessions(self, ids)
        if session_id in ids:
            raise error
        return found

    def read(self: RemoteDataverse, wanted: str) -> Any:
        found = session(self, wanted)
        if alone and wanted == session_id:
            raise error
        return found

    monkeypatch.setattr(RemoteDataverse, "sessions", tainted)
    monkeypatch.setattr(RemoteDataverse, "session", read)


def session_of(life: Life, number: int) -> tuple[str, str]:
    """Give a run's id and its session's."""
    for run_id, run in life.world.promises.runs.items():
        if run["CorrelationId"] == f"w{number}":
            return run_id, str(run["FlowSessionId"])
    raise AssertionError(number)


@pytest.mark.parametrize("error", [UNKNOWN, BAD_REQUEST], ids=["500", "400"])
def test_one_session_that_fails_its_queries_keeps_no_other_from_ending(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    life = at_work(monkeypatch)
    poisonous, session_id = session_of(life, 77)
    poison(monkeypatch, session_id, error, alone=True)
    begins = life.now
    life.live(begins + POLLING.wait(0) + MINUTE + 3 * SWEEP_EVERY_MS)
    assert set(life.final_at) == set(life.world.promises.runs) - {poisonous}
    assert life.count(begins, life.now, *QUERIES, "session") <= 3 * (2 + 2 * 7 + 1)

    begins = life.now
    life.live(begins + 60 * MINUTE)
    assert 4 <= life.count(begins, life.now, *QUERIES) <= 20, "it is looked at, and ever later"
    monkeypatch.undo()
    life.live(life.now + POLLING.last + 2 * SWEEP_EVERY_MS)
    life.rest()
    assert set(life.statuses()) == {"Succeeded"}


def test_a_session_that_fails_queries_alone_ends_with_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    life = at_work(monkeypatch)
    poison(monkeypatch, session_of(life, 77)[1], UNKNOWN)
    life.live(life.now + POLLING.wait(0) + MINUTE + 3 * SWEEP_EVERY_MS)
    life.rest()
    assert set(life.statuses()) == {"Succeeded"}
