"""Polling: the looks that are due, over all lanes, 100 sessions a request to Dataverse."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from shared.dataverse.errors import (
    DataverseError,
    NotFoundError,
    OutcomeUnknownError,
    RefusedError,
)
from shared.domain.identifiers import lane_of
from shared.domain.run import Polling
from shared.domain.run.steps import look_again
from shared.domain.session import FlowSession
from shared.services.announcing.announce import Announce
from shared.services.deciding.cancel import carry_out
from shared.services.following.confirm import RUNS_A_REQUEST, Confirm, Found
from shared.services.following.record import Record
from shared.services.following.restraint import Restraint
from shared.services.ports import Clock, Crew, Result
from shared.services.side_by_side import Work, full_parts, parts, side_by_side
from shared.services.wake import Waker
from shared.storage.rows import WatchRow
from shared.storage.runs import RunTable, StoredRun
from shared.storage.table import StorageError
from shared.telemetry import event

SESSIONS_A_REQUEST = 100
"""How many sessions one query asks for (the Dataverse contract, section 1)."""

SINGLE_READS = 100
"""How many sessions a sweep asks for by themselves, as a query left them out."""

MATCHES = 20
"""How many runs a sweep matches with sessions: each takes a request, and one a candidate."""

RETRY_MS = 60_000
"""After a failure that says nothing of its session, a run waits its turn this long, or less."""

STEP_SECONDS = 15.0
"""How long the slowest of some calls is waited for; those that hang must not take all the time."""


@dataclass(slots=True)
class _Round:
    """What one sweep may still do; `ends`: monotonic seconds."""

    crew: Crew
    ends: float
    single_reads: int = SINGLE_READS
    matches: int = MATCHES
    may_read: bool = True


@dataclass(frozen=True, slots=True)
class Poll:
    """Looks at runs; what it does not get to stays due, and what fails waits its turn again.

    `ended`: where `runs` puts the runs that a look has ended. They are announced when every session
    has been asked for: telling of thousands of ends takes longer than finding them. What a run is
    tells whether it has ended; that its look says so only spares it the waiting for Dataverse.
    """

    runs: RunTable
    ended: list[StoredRun]
    announce: Announce
    sessions: Restraint
    record: Record
    confirm: Confirm
    waker: Waker
    clock: Clock
    polling: Polling

    def __call__(self, watches: Sequence[WatchRow], crew: Crew, ends: float) -> None:
        """Take the looks that are due, until `ends` (monotonic s) or Dataverse wants no more.

        Ends that nobody has announced need no Dataverse, and come in any case.
        """
        now = _Round(crew, ends)
        self._look_after([watch for watch in watches if not watch.ended], now)
        self._announce_ends([watch for watch in watches if watch.ended], now)

    def _look_after(self, watches: Sequence[WatchRow], now: _Round) -> None:
        self.sessions.begin()
        running, awaiting = list[StoredRun](), list[StoredRun]()
        for some in parts(watches, SESSIONS_A_REQUEST):
            if not self._goes_on(now):
                return
            due = self._read(some, now)
            self.ended.extend(stored for stored in due if stored.run.final)
            going_on = [stored for stored in due if not stored.run.final]
            running += [stored for stored in going_on if stored.run.flow_session_id]
            awaiting += [stored for stored in going_on if stored.run.awaits_answer]
            # Only full queries, whatever else is due between them; the rest comes last.
            full, running = full_parts(running, SESSIONS_A_REQUEST)
            self._look_at(full, now)
            full, awaiting = full_parts(awaiting, RUNS_A_REQUEST)
            self._confirm(full, now)
        self._look_at(running, now)
        self._confirm(awaiting, now)

    def _announce_ends(self, watches: Sequence[WatchRow], now: _Round) -> None:
        """Tell of ends; those that this sweep has no time for are due at the next."""
        found, self.ended[:] = list(self.ended), []
        for some in parts(watches, SESSIONS_A_REQUEST):
            if self.clock.monotonic() < now.ends and not self.announce.quiet:
                self._each(self._read(some, now), self.announce.at_once, now)
        for part in parts(found, SESSIONS_A_REQUEST):
            if self.clock.monotonic() < now.ends and not self.announce.quiet:
                self._each(part, self.announce.at_once, now)

    def _goes_on(self, now: _Round) -> bool:
        return not self.sessions.stopped and self.clock.monotonic() < now.ends

    def _read(self, watches: Sequence[WatchRow], now: _Round) -> list[StoredRun]:
        def reader(watch: WatchRow) -> Callable[[], StoredRun | None]:
            return lambda: self.runs.read(watch.run_id)

        found = self._side_by_side([(watch.run_id, reader(watch)) for watch in watches], now)
        return [stored for stored in found if stored is not None and stored.run.watch_at]

    def _look_at(self, running: Sequence[StoredRun], now: _Round) -> None:
        """Ask for the sessions of these runs, and record what Dataverse says of them."""
        for batch in parts(running, SESSIONS_A_REQUEST):
            if not self._goes_on(now) or not now.may_read:
                return
            ids = [stored.run.flow_session_id or "" for stored in batch]
            found = self._asked(batch, partial(self.sessions.sessions, ids), now)
            if isinstance(found, RefusedError):
                now.may_read = False
                self._each(batch, partial(self._unreadable, found), now)
            elif found is not None:
                self._look(batch, found, now)

    def _look(self, batch: Sequence[StoredRun], found: dict[str, FlowSession], now: _Round) -> None:
        shown = [stored for stored in batch if (stored.run.flow_session_id or "") in found]
        self._each(shown, partial(self._record, found), now)
        left_out = [stored for stored in batch if stored not in shown][: now.single_reads]
        now.single_reads -= len(left_out)
        self._each(left_out, self._look_alone, now)

    def _record(self, found: dict[str, FlowSession], stored: StoredRun) -> None:
        session = found[stored.run.flow_session_id or ""]
        run = self.record(stored, session, by="poll")
        if session.finished and not run.final:
            self.waker.wake_soon(lane_of(run.id))
        carry_out(self.sessions, run)

    def _look_alone(self, stored: StoredRun) -> None:
        """Tell a session that is gone from one that a query leaves out as it may not be read."""
        session_id = stored.run.flow_session_id or ""
        if self.sessions.stopped:
            return
        try:
            self._record({session_id: self.sessions.session(session_id)}, stored)
        except NotFoundError:
            self.record.missing(stored, session_id)
        except RefusedError as refusal:
            self._unreadable(refusal, stored)
        except OutcomeUnknownError:
            self._later(stored)
            raise

    def _confirm(self, awaiting: Sequence[StoredRun], now: _Round) -> None:
        """Ask what became of the submissions of these runs."""
        for batch in parts(awaiting, RUNS_A_REQUEST):
            if not self._goes_on(now):
                return
            found = self._asked(batch, partial(self.confirm.ask, batch), now)
            if isinstance(found, RefusedError):
                self._each(batch, partial(self._unreadable, found), now)
            elif found is not None:
                self._each(self._told(batch, found, now), partial(self._settle, found), now)

    def _told(self, batch: Sequence[StoredRun], found: Found, now: _Round) -> list[StoredRun]:
        """Pick the runs that the answer tells enough about, and some that have to be matched."""
        told = []
        for stored in batch:
            costs = int(self.confirm.has_to_match(stored.run, found))
            if costs <= now.matches:
                now.matches -= costs
                told.append(stored)
        return told

    def _settle(self, found: Found, stored: StoredRun) -> None:
        try:
            self.confirm(stored, found)
        except RefusedError as refusal:
            self._unreadable(refusal, stored)
        except OutcomeUnknownError:
            self._later(stored)
            raise

    def _asked(
        self, batch: Sequence[StoredRun], ask: Callable[[], Result], now: _Round
    ) -> Result | RefusedError | None:
        """Give the answer or the refusal of a query; None where there is none, and none to come.

        What no answer came to is asked last next time: it must not stop every round at its start.
        """
        try:
            return ask()
        except RefusedError as refusal:
            return refusal
        except StorageError as error:
            event("poll.not_asked", level=logging.WARNING, reason=str(error))
            return None
        except DataverseError as error:
            event("poll.stopped", level=logging.WARNING, reason=str(error))
            self.sessions.stop()
            if isinstance(error, OutcomeUnknownError):
                self._each(batch, self._later, now)
            return None

    def _unreadable(self, refusal: RefusedError, stored: StoredRun) -> None:
        if stored.run.awaits_answer:
            self.confirm.unreadable(stored, refusal.answer)
        else:
            # What may not be read may perhaps be cancelled.
            carry_out(self.sessions, self.record.unreadable(stored, refusal.answer))

    def _later(self, stored: StoredRun) -> None:
        at = self.clock.now() + min(RETRY_MS, self.polling.first)
        self.runs.change(stored, lambda run: look_again(run, at))

    def _each(
        self, batch: Sequence[StoredRun], work: Callable[[StoredRun], None], now: _Round
    ) -> None:
        def worker(stored: StoredRun) -> Callable[[], None]:
            return lambda: work(stored)

        self._side_by_side([(stored.run.id, worker(stored)) for stored in batch], now)

    def _side_by_side(self, work: Sequence[Work[Result]], now: _Round) -> list[Result]:
        seconds = min(STEP_SECONDS, now.ends - self.clock.monotonic())
        return side_by_side(work, now.crew, seconds, failed="run.look_failed", what="run_id")
