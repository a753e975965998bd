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
from shared.domain.run import Polling
from shared.domain.run.steps import look_again
from shared.domain.session import FlowSession
from shared.services.announcing.announce import Announce
from shared.services.following.confirm import RUNS_A_REQUEST, Found
from shared.services.ports import Clock, Result
from shared.services.rounds.round import Round
from shared.services.side_by_side import full_parts, parts
from shared.storage.rows import WatchRow
from shared.storage.runs import StoredRun
from shared.storage.table import StorageError
from shared.telemetry import event

SESSIONS_A_REQUEST = 100
"""How many sessions one query asks for (the Dataverse contract, section 1)."""

RETRY_MS = 60_000
"""After a failure that says nothing of its session, a run waits its turn this long, or less."""


@dataclass(frozen=True, slots=True)
class Poll:
    """Looks at runs; what it does not get to stays due, and what fails waits its turn again.

    What a run is tells whether it has ended; that its look says so only spares it the waiting for
    Dataverse.
    """

    announce: Announce
    clock: Clock
    polling: Polling

    def __call__(self, watches: Sequence[WatchRow], now: Round) -> None:
        """Take the looks that are due, until the round is over or Dataverse wants no more.

        Ends that nobody has announced need no Dataverse, and come in any case.
        """
        self._look_after([watch for watch in watches if not watch.ended], now)
        self._announce_ends([watch for watch in watches if watch.ended], now)

    def _look_after(self, watches: Sequence[WatchRow], now: Round) -> None:
        running, awaiting = list[StoredRun](), list[StoredRun]()
        for some in parts(watches, SESSIONS_A_REQUEST):
            if not now.may_ask:
                return
            due = _read(some, now)
            now.ended.extend(stored for stored in due if stored.run.final)
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

    def _announce_ends(self, watches: Sequence[WatchRow], now: Round) -> None:
        """Tell of ends; those that this sweep has no time for are due at the next."""
        found = list(now.ended)
        for some in parts(watches, SESSIONS_A_REQUEST):
            if not now.over and not self.announce.quiet:
                now.each(_read(some, now), self.announce.at_once)
        for part in parts(found, SESSIONS_A_REQUEST):
            if not now.over and not self.announce.quiet:
                now.each(part, self.announce.at_once)

    def _look_at(self, running: Sequence[StoredRun], now: Round) -> None:
        """Ask for the sessions of these runs, and record what Dataverse says of them."""
        for batch in parts(running, SESSIONS_A_REQUEST):
            if not now.may_ask or not now.may_read:
                return
            ids = [stored.run.flow_session_id or "" for stored in batch]
            found = self._asked(batch, partial(now.sessions.sessions, ids), now)
            if isinstance(found, RefusedError):
                now.may_read = False
                now.each(batch, partial(_unreadable, now, found))
            elif found is not None:
                self._look(batch, found, now)

    def _look(self, batch: Sequence[StoredRun], found: dict[str, FlowSession], now: Round) -> None:
        shown = [stored for stored in batch if (stored.run.flow_session_id or "") in found]
        now.each(shown, partial(_record, now, found))
        left_out = [stored for stored in batch if stored not in shown][: now.single_reads]
        now.single_reads -= len(left_out)
        now.each(left_out, partial(self._look_alone, now))

    def _look_alone(self, now: Round, stored: StoredRun) -> None:
        """Tell a session that is gone from one that a query leaves out as it may not be read."""
        session_id = stored.run.flow_session_id or ""
        if now.sessions.stopped:
            return
        try:
            now.record(stored, now.sessions.session(session_id), by="poll")
        except NotFoundError:
            now.record.missing(stored, session_id)
        except RefusedError as refusal:
            _unreadable(now, refusal, stored)
        except OutcomeUnknownError:
            self._later(now, stored)
            raise

    def _confirm(self, awaiting: Sequence[StoredRun], now: Round) -> None:
        """Ask what became of the submissions of these runs."""
        for batch in parts(awaiting, RUNS_A_REQUEST):
            if not now.may_ask:
                return
            found = self._asked(batch, partial(now.confirm.ask, batch), now)
            if isinstance(found, RefusedError):
                now.each(batch, partial(_unreadable, now, found))
            elif found is not None:
                now.each(_told(batch, found, now), partial(self._settle, now, found))

    def _settle(self, now: Round, found: Found, stored: StoredRun) -> None:
        try:
            now.confirm(stored, found)
        except RefusedError as refusal:
            _unreadable(now, refusal, stored)
        except OutcomeUnknownError:
            self._later(now, stored)
            raise

    def _asked(
        self, batch: Sequence[StoredRun], ask: Callable[[], Result], now: Round
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
            now.sessions.stop()
            if isinstance(error, OutcomeUnknownError):
                now.each(batch, partial(self._later, now))
            return None

    def _later(self, now: Round, stored: StoredRun) -> None:
        at = self.clock.now() + min(RETRY_MS, self.polling.first)
        now.runs.change(stored, lambda run: look_again(run, at))


def _read(watches: Sequence[WatchRow], now: Round) -> list[StoredRun]:
    def reader(watch: WatchRow) -> Callable[[], StoredRun | None]:
        return lambda: now.runs.read(watch.run_id)

    found = now.side_by_side([(watch.run_id, reader(watch)) for watch in watches])
    return [stored for stored in found if stored is not None and stored.run.watch_at]


def _told(batch: Sequence[StoredRun], found: Found, now: Round) -> list[StoredRun]:
    """Pick the runs that the answer tells enough about, and some that have to be matched."""
    told = []
    for stored in batch:
        costs = int(now.confirm.has_to_match(stored.run, found))
        if costs <= now.matches:
            now.matches -= costs
            told.append(stored)
    return told


def _record(now: Round, found: dict[str, FlowSession], stored: StoredRun) -> None:
    now.record(stored, found[stored.run.flow_session_id or ""], by="poll")


def _unreadable(now: Round, refusal: RefusedError, stored: StoredRun) -> None:
    if stored.run.awaits_answer:
        now.confirm.unreadable(stored, refusal.answer)
    else:
        now.record.unreadable(stored, refusal.answer)
