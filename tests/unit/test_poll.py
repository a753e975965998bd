"""Looks at runs: full queries, bounds, and failures that stop nothing but themselves."""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest

from shared.dataverse.errors import (
    Answer,
    DataverseError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
)
from shared.domain.session import FlowSession
from shared.services.following.sought import Found
from shared.services.rounds.round import MATCHES, SINGLE_READS
from shared.storage.runs import StoredRun
from shared.storage.table import StorageUnavailableError, UnreadableRowError
from tests.support.polls import (
    REFUSED,
    THROTTLED,
    MovingClock,
    Parts,
    mixed,
    named,
    poll,
)

GONE = NotFoundError(Answer(404, "0x80040217", "no such session"))


def test_only_the_last_query_is_less_than_full_whatever_else_is_due() -> None:
    parts = poll(Parts(), *mixed(named("good", 450), named("awaiting", 225)))
    assert [len(each) for each in parts.queries] == [100, 100, 100, 100, 50]
    assert parts.confirmed == ["50", "50", "50", "50", "25"]
    assert len(parts.done["record"]) == 450
    assert len(parts.done["confirm"]) == 225


@pytest.mark.parametrize("error", [StorageUnavailableError("no answer"), ValueError("no such row")])
def test_a_run_that_cannot_be_read_does_not_stop_the_looks_at_others(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """It is the longest due, and would come first in every round: nobody else's run would end."""
    with caplog.at_level(logging.WARNING):
        parts = poll(Parts(read_unreadable=error), "unreadable", "good", "awaiting")
    assert parts.done["record"] == ["good"]
    assert parts.done["confirm"] == ["awaiting"]
    assert "run.look_failed run_id='unreadable'" in caplog.text


@pytest.mark.parametrize(
    ("run_id", "error"), [("bad", UnreadableRowError("no status")), ("idle", None)]
)
def test_a_look_at_a_run_that_cannot_be_read_gives_its_room_to_others(
    run_id: str, error: Exception | None
) -> None:
    """Nor is one passed over whose time cannot be read: it is written anew."""
    parts = poll(Parts(**{"read_bad": error} if error else {}), run_id, "good")
    assert parts.done["put off"] == [run_id]
    assert parts.done["record"] == ["good"]
    assert "forgotten" not in parts.done


@pytest.mark.parametrize(
    ("error", "then"),
    [
        (StorageUnavailableError("no answer"), None),
        (OutcomeUnknownError("no answer"), "later"),
        (REFUSED, "unreadable"),
    ],
)
def test_a_run_that_cannot_be_confirmed_waits_its_turn_and_the_others_are_looked_at(
    error: StorageUnavailableError | DataverseError, then: str | None
) -> None:
    parts = Parts(**{"confirm_awaiting-0000": error})
    poll(parts, *named("awaiting", 100), "good")
    assert len(parts.done["confirm"]) == 100
    assert parts.done["record"] == ["good"]
    assert then is None or parts.done[then] == ["awaiting-0000"]


@pytest.mark.parametrize("error", [THROTTLED, NotSentError("connection refused")])
def test_what_is_not_to_be_asked_now_stays_due_as_it_is(error: DataverseError) -> None:
    """And costs no writes: it comes first when Dataverse is there again."""
    parts = poll(Parts(sessions=error), *named("good", 250), "awaiting")
    assert len(parts.queries) == 1
    assert not {"later", "ask", "record"} & set(parts.done)


def test_a_refused_query_is_noted_on_its_runs_and_no_other_is_asked_in_this_sweep() -> None:
    parts = poll(Parts(sessions=REFUSED), *named("good", 250), "awaiting")
    assert len(parts.queries) == 1
    assert sorted(parts.done["unreadable"]) == named("good", 100)
    assert parts.done["confirm"] == ["awaiting"]


@pytest.mark.parametrize(
    ("error", "then"),
    [(GONE, "missing"), (REFUSED, "unreadable"), (OutcomeUnknownError("500"), "later")],
)
def test_a_session_that_a_query_leaves_out_is_asked_for_by_itself(
    error: DataverseError, then: str
) -> None:
    parts = Parts(session=error)
    parts.hidden = "hidden"
    poll(parts, "hidden", "good")
    assert parts.done[then] == ["hidden"]
    assert parts.done["record"] == ["good"]


def test_a_call_that_hangs_does_not_take_the_time_of_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.services.rounds.round.STEP_SECONDS", 0.5)
    let_go = threading.Event()

    class Hanging(Parts):
        def __call__(self, stored: StoredRun, told: FlowSession | Found, **_: str) -> Any:
            if stored.run.id == "good-0000":
                let_go.wait(10)
            elif stored.run.id == "good-0249":
                let_go.set()
            return super().__call__(stored, told)

    parts = poll(Hanging(), *named("good", 250))
    assert let_go.is_set(), "the last was reached while the first hung"
    assert sorted(parts.done["record"]) == named("good", 250)


def test_a_sweep_asks_for_few_sessions_by_themselves_and_the_rest_stays_due() -> None:
    parts = Parts(session=REFUSED)
    parts.hidden = "hidden"
    poll(parts, *named("hidden", SINGLE_READS + 50), *named("good", 50))
    assert len(parts.done["session"]) == SINGLE_READS
    assert sorted(parts.done["unreadable"]) == named("hidden", SINGLE_READS)
    assert len(parts.done["record"]) == 50, "the others are looked at all the same"


def test_a_429_among_single_reads_ends_them() -> None:
    """Those under way side by side may end; what has not begun is not sent."""
    parts = Parts(session=THROTTLED)
    parts.hidden = "hidden"
    poll(parts, *named("hidden", 100), *named("good", 150))
    assert len(parts.done["session"]) <= 4, "as many as there are side by side"
    assert len(parts.queries) == 1


def test_a_sweep_matches_few_runs_and_the_rest_stays_due() -> None:
    """Each costs a request for every session that it may have."""
    parts = Parts()
    parts.matching = True
    poll(parts, *named("awaiting", 100))
    assert sorted(parts.done["confirm"]) == named("awaiting", MATCHES)


def test_a_sweep_whose_time_is_over_leaves_the_rest_as_it_is() -> None:
    """The longest due were looked at, the others come next."""
    parts = poll(Parts(), *named("good", 1_000), clock=MovingClock(2.0))
    looked_at = sorted(parts.done["record"])
    assert 100 <= len(looked_at) < 1_000
    assert looked_at == named("good", 1_000)[: len(looked_at)]
    assert "later" not in parts.done


class TestEnds:
    def test_ends_are_told_though_dataverse_wants_no_more(self) -> None:
        """They need no Dataverse."""
        parts = Parts()
        parts.held = True
        poll(parts, *named("ended", 3), *named("run", 3))
        assert sorted(parts.announcer.told) == named("ended", 3)
        assert parts.queries == []

    def test_an_end_whose_look_does_not_say_so_is_told_too(self) -> None:
        """It ended after its look was read, or its look was due at the same moment before."""
        parts = poll(Parts(), "ended, says its row alone", "run-0000")
        assert parts.announcer.told == ["ended, says its row alone"]
        assert parts.queries == [["session of run-0000"]]

    def test_it_is_not_always_the_same_end_that_comes_first(self) -> None:
        """One that fails may keep the queue's others waiting, but not for ever."""
        first = set()
        for _ in range(40):
            parts = Parts()
            parts.announcer.error = StorageUnavailableError("no answer")
            poll(parts, *named("ended", 3))
            first.add(parts.announcer.told[0])
        assert first == {*named("ended", 3)}

    def test_while_queues_fail_the_sweep_has_better_to_do(self) -> None:
        """Each failure takes seconds: after the first ones there is none for a while."""
        parts = Parts()
        parts.announcer.error = StorageUnavailableError("no answer")
        poll(parts, *named("ended", 300), "run-0000")
        assert len(parts.announcer.told) <= 8, "those that were under way side by side"
        assert parts.announcer.quiet
        assert parts.queries == [["session of run-0000"]]
