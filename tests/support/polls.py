"""A poll of one round, with everything that it works with in one object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

from shared.dataverse.errors import (
    Answer,
    NotSentError,
    RefusedError,
    ThrottledError,
)
from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import end
from shared.domain.session import FlowSession, StatusCode
from shared.runtime import SystemClock, thread_crew
from shared.services.following.poll import Poll
from shared.services.following.sought import Found
from shared.services.rounds.round import Round
from shared.storage.rows import Kind, Watch
from shared.storage.runs import StoredRun
from tests.support.runs import NOW, POLLING, running, submitting

REFUSED = RefusedError(Answer(403, "0x80040220", "privilege missing"))
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

    def ask(self, batch: Sequence[Run]) -> Found:
        self.confirmed.append(str(len(batch)))
        self._note("ask", batch[0].id)
        self._taste(run.id for run in batch)
        return Found(NOW, (), {run.id: () for run in batch})

    def has_to_match(self, run: Run, found: Found) -> bool:
        carried = any(session.id == f"session of {run.id}" for session in found.sessions)
        return (self.matching or not found.asked) and not carried

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
            Round(crew, ends, clock, whole, whole, whole, whole, whole, whole, [], lambda: None),
        )
    return parts


def named(name: str, count: int) -> list[str]:
    return [f"{name}-{number:04d}" for number in range(count)]


def mixed(some: list[str], others: list[str]) -> list[str]:
    """Put one of the others after every second of some."""
    pairs = zip(some[::2], some[1::2], others, strict=True)
    return [each for three in pairs for each in three]
