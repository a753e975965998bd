"""Looks at runs: full queries, bounds, and failures that stop nothing but themselves."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from shared.dataverse.errors import (
    Answer,
    DataverseError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    ThrottledError,
    UnreadableRowsError,
)
from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import end
from shared.domain.session import FlowSession, StatusCode
from shared.runtime import SystemClock, thread_crew
from shared.services.following.confirm import Found
from shared.services.following.poll import Poll
from shared.services.rounds.doubt import SPARE_REQUESTS
from shared.services.rounds.round import MATCHES, SINGLE_READS, Round
from shared.storage.rows import Kind, Watch
from shared.storage.runs import StoredRun
from shared.storage.table import StorageUnavailableError, UnreadableRowError
from tests.support.runs import NOW, POLLING, running, submitting

REFUSED = RefusedError(Answer(403, "0x80040220", "privilege missing"))
GONE = NotFoundError(Answer(404, "0x80040217", "no such session"))
THROTTLED = ThrottledError(Answer(429, "0x80072322", "too many"), 20.0)


class Parts:
    """What a poll works with; runs named `awaiting…` await an answer, all others are running.

    `errors`: what the calls of a name raise; `hidden`: sessions that queries leave out; `poison`:
    what each query raises that has one of these runs in it.
    """

    def __init__(self, **errors: Exception) -> None:
        self.errors = errors
        self.hidden = ""
        self.poison: dict[str, Exception] = {}
        self.stopped = self.held = False
        self.announcer = Announcer()
        self.matching = False
        self.queries: list[list[str]] = []
        self.confirmed: list[str] = []
        self.done: dict[str, list[str]] = {}

    def stop(self) -> None:
        self.stopped = True

    def _note(self, what: str, name: str) -> None:
        self.done.setdefault(what, []).append(name)
        error = self.errors.get(f"{what}_{name}") or self.errors.get(what)
        if error is not None:
            self.stopped |= isinstance(error, ThrottledError | NotSentError)
            raise error

    def _taste(self, run_ids: Iterable[str]) -> None:
        for run_id in run_ids:
            if run_id in self.poison:
                raise self.poison[run_id]

    def read(self, run_id: str) -> StoredRun:
        self._note("read", run_id)
        made = submitting if run_id.startswith("awaiting") else running
        if run_id.startswith("ended"):
            ended = end(running(id=run_id), RunStatus.SUCCEEDED, at=NOW)
            return StoredRun(replace(ended, watch_at=NOW), "etag")
        rest: dict[str, Any] = {"overdue_at": NOW}
        if made is running:
            rest |= {"flow_session_id": f"session of {run_id}"}
        watch_at = None if run_id.startswith("idle") else NOW
        return StoredRun(replace(made(id=run_id, **rest), watch_at=watch_at), "etag")

    def put_off(self, watch: Watch, at: int) -> None:
        assert at >= NOW
        self._note("put off", watch.run_id)

    def forget_watch(self, watch: Watch) -> None:
        self._note("forgotten", watch.run_id)

    def change(self, stored: StoredRun, step: Callable[[Run], Run]) -> Run:
        self._note("later", stored.run.id)
        return step(stored.run)

    def sessions(self, ids: Sequence[str]) -> dict[str, FlowSession]:
        self.queries.append(list(ids))
        self._note("sessions", ids[0])
        self._taste(each.removeprefix("session of ") for each in ids)
        shown = [each for each in ids if not (self.hidden and self.hidden in each)]
        return {each: FlowSession(each, StatusCode.SUCCEEDED) for each in shown}

    def session(self, session_id: str) -> FlowSession:
        self._note("session", session_id)
        return FlowSession(session_id, StatusCode.SUCCEEDED)

    def __call__(self, stored: StoredRun, told: FlowSession | Found, **_: str) -> Any:
        """Record a session, or confirm."""
        self._note("confirm" if isinstance(told, Found) else "record", stored.run.id)
        return stored.run

    def missing(self, stored: StoredRun, _: str) -> None:
        self._note("missing", stored.run.id)

    def unreadable(self, stored: StoredRun, _: Answer) -> Run:
        self._note("unreadable", stored.run.id)
        return stored.run

    def ask(self, batch: Sequence[StoredRun]) -> Found:
        self.confirmed.append(str(len(batch)))
        self._note("ask", batch[0].run.id)
        self._taste(stored.run.id for stored in batch)
        return Found(NOW, (), proves=not self.matching)

    def has_to_match(self, run: Run, found: Found) -> bool:
        carried = any(session.id == f"session of {run.id}" for session in found.sessions)
        return (self.matching or not found.proves) and not carried

    @property
    def requests(self) -> int:
        """Count all that Dataverse was asked."""
        return len(self.queries) + len(self.confirmed) + len(self.done.get("session", ()))


class Announcer:
    """Tells of ends, until its queue fails."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.quiet = False
        self.error: Exception | None = None

    def at_once(self, stored: StoredRun) -> None:
        if not self.quiet:
            self.told.append(stored.run.id)
            self.quiet = self.error is not None


class ChancelessClock(SystemClock):
    """Whatever is chosen by chance is the first."""

    def random_bytes(self, count: int) -> bytes:
        return bytes(count)


class MovingClock(SystemClock):
    """Every look at it takes some seconds."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.at = seconds, 0.0

    def monotonic(self) -> float:
        self.at += self.seconds
        return self.at


def poll(parts: Parts, *run_ids: str, clock: SystemClock | None = None) -> Parts:
    whole = cast("Any", parts)  # it stands for each of the parts
    clock = clock or SystemClock()
    looks = Poll(announce=cast("Any", parts.announcer), polling=POLLING)
    parts.stopped = parts.held
    watches = [
        Watch(each, NOW, Kind.END if each.startswith("ended-") else Kind.SESSION)
        for each in run_ids
    ]
    with thread_crew(4) as crew:
        ends = clock.monotonic() + 30
        looks(
            watches,
            Round(crew, ends, clock, whole, whole, whole, whole, whole, whole, ended=[]),
        )
    return parts


def named(name: str, count: int) -> list[str]:
    return [f"{name}-{number:04d}" for number in range(count)]


def mixed(some: list[str], others: list[str]) -> list[str]:
    """Put one of the others after every second of some."""
    pairs = zip(some[::2], some[1::2], others, strict=True)
    return [each for three in pairs for each in three]


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


UNKNOWN = OutcomeUnknownError("500", Answer(500, "0x80040216", "server error"))
GATEWAY = OutcomeUnknownError("502", Answer(502, "", ""))
BAD_REQUEST = RefusedError(Answer(400, "0x80048d19", "one of the values is not accepted"))
NO_ANSWER = OutcomeUnknownError("no answer: ReadTimeout")


@pytest.mark.parametrize("error", [UNKNOWN, BAD_REQUEST, NO_ANSWER])
@pytest.mark.parametrize("number", [0, 41, 99])
def test_one_session_that_fails_every_query_waits_and_all_others_are_recorded(
    error: DataverseError, number: int
) -> None:
    """In the same round, for some fifteen requests; the next hundred does not wait for it."""
    poisonous = f"good-{number:04d}"
    parts = Parts(**{f"session_session of {poisonous}": error})
    parts.poison = {poisonous: error}
    poll(parts, *named("good", 250))
    others = [each for each in named("good", 250) if each != poisonous]
    assert sorted(parts.done["record"]) == others
    assert parts.done["unreadable" if error is BAD_REQUEST else "later"] == [poisonous]
    assert parts.requests <= 3 + 2 * 7 + 1
    assert [len(each) for each in parts.queries[:3]] == [100, 100, 50], "no group waits for halves"


def test_a_session_that_fails_queries_alone_is_read_by_itself() -> None:
    parts = Parts()
    parts.poison = {"good-0041": UNKNOWN}
    poll(parts, *named("good", 100))
    assert sorted(parts.done["record"]) == named("good", 100)
    assert "later" not in parts.done


def test_several_that_fail_their_queries_are_found_together() -> None:
    bad = ["good-0003", "good-0050", "good-0051", "good-0140"]
    parts = Parts(**{f"session_session of {each}": UNKNOWN for each in bad})
    parts.poison = dict.fromkeys(bad, UNKNOWN)
    poll(parts, *named("good", 200), clock=ChancelessClock())
    assert sorted(parts.done["record"]) == [x for x in named("good", 200) if x not in bad]
    assert sorted(parts.done["later"]) == bad
    assert parts.requests <= 2 + SPARE_REQUESTS + SINGLE_READS


def test_one_submission_that_fails_every_query_waits_and_all_others_are_confirmed() -> None:
    parts = Parts()
    parts.poison = {"awaiting-0017": UNKNOWN}
    poll(parts, *named("awaiting", 50), "good")
    others = [each for each in named("awaiting", 50) if each != "awaiting-0017"]
    assert sorted(parts.done["confirm"]) == others
    assert parts.done["later"] == ["awaiting-0017"]
    assert parts.done["record"] == ["good"]


def test_of_rows_some_of_which_cannot_be_read_the_others_are_taken_and_nothing_is_absent() -> None:
    """The row that cannot be read may be any run's: which, the halves tell."""
    seen = [FlowSession(f"session of awaiting-{n:04d}", StatusCode.RUNNING) for n in (1, 2)]
    parts = Parts()
    parts.poison = {"awaiting-0007": UnreadableRowsError(seen, 1)}
    poll(parts, *named("awaiting", 50))
    assert parts.done["confirm"][:2] == ["awaiting-0001", "awaiting-0002"]
    assert "awaiting-0007" not in parts.done["confirm"]
    assert len(set(parts.done["confirm"])) == 49
    assert parts.done["later"] == ["awaiting-0007"]


@pytest.mark.parametrize("due", [1, 2, 5, 100, 2_000])
@pytest.mark.parametrize(("error", "most"), [(UNKNOWN, 12), (GATEWAY, 8), (NO_ANSWER, 8)])
def test_an_outage_is_no_storm(due: int, error: DataverseError, most: int) -> None:
    """Dataverse answers so to everything: who was asked for stands behind the others."""
    parts = Parts(sessions=error, session=error, ask=error)
    poll(parts, *named("good", due), *named("awaiting", due // 2))
    assert parts.requests <= most
    asked = {each.removeprefix("session of ") for query in parts.queries for each in query}
    assert asked <= set(parts.done["later"])
    assert "record" not in parts.done


def test_where_every_query_fails_sessions_are_read_by_themselves() -> None:
    """A round does what it has requests for; who is left stands behind the others."""
    parts = poll(Parts(sessions=UNKNOWN), *named("good", 250))
    assert 40 <= len(parts.done["record"]) <= SINGLE_READS + SPARE_REQUESTS
    assert len(parts.done["session"]) <= SINGLE_READS + SPARE_REQUESTS
    assert not {*parts.done["record"]} & {*parts.done["later"]}
    assert {*parts.done["record"], *parts.done["later"]} == {*named("good", 250)}


def test_a_429_while_halves_are_asked_for_ends_the_round() -> None:
    parts = Parts(**{"sessions_session of good-0050": THROTTLED})
    parts.poison = {"good-0001": UNKNOWN}
    poll(parts, *named("good", 100), "awaiting")
    assert len(parts.queries) == 3
    assert "record" not in parts.done
    assert parts.requests == 4


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
