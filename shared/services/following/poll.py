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
from shared.storage.rows import Watch
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

    def __call__(self, watches: Sequence[Watch], this: Round) -> None:
        """Take the looks that are due, until the round is over or Dataverse wants no more.

        Ends that nobody has announced need no Dataverse, and come in any case.
        """
        self._look_after([watch for watch in watches if not watch.ended], this)
        self._announce_ends([watch for watch in watches if watch.ended], this)

    def _look_after(self, watches: Sequence[Watch], this: Round) -> None:
        running, awaiting = list[StoredRun](), list[StoredRun]()
        for some in parts(watches, SESSIONS_A_REQUEST):
            if not this.may_ask:
                return
            due = _read(some, this)
            this.ended.extend(stored for stored in due if stored.run.final)
            going_on = [stored for stored in due if not stored.run.final]
            running += [stored for stored in going_on if stored.run.flow_session_id]
            awaiting += [stored for stored in going_on if stored.run.awaits_answer]
            # Only full queries, whatever else is due between them; the rest comes last.
            full, running = full_parts(running, SESSIONS_A_REQUEST)
            self._look_at(full, this)
            full, awaiting = full_parts(awaiting, RUNS_A_REQUEST)
            self._confirm(full, this)
        self._look_at(running, this)
        self._confirm(awaiting, this)

    def _announce_ends(self, watches: Sequence[Watch], this: Round) -> None:
        """Tell of ends; those that this sweep has no time for are due at the next."""
        found = list(this.ended)
        for some in parts(watches, SESSIONS_A_REQUEST):
            if not this.over and not self.announce.quiet:
                this.each(_read(some, this), self.announce.at_once)
        for part in parts(found, SESSIONS_A_REQUEST):
            if not this.over and not self.announce.quiet:
                this.each(part, self.announce.at_once)

    def _look_at(self, running: Sequence[StoredRun], this: Round) -> None:
        """Ask for the sessions of these runs, and record what Dataverse says of them."""
        for batch in parts(running, SESSIONS_A_REQUEST):
            if not this.may_ask or not this.may_read:
                return
            ids = [stored.run.flow_session_id or "" for stored in batch]
            found = self._asked(batch, partial(this.sessions.sessions, ids), this)
            if isinstance(found, RefusedError):
                this.may_read = False
                this.each(batch, partial(_unreadable, this, found))
            elif found is not None:
                self._look(batch, found, this)

    def _look(self, batch: Sequence[StoredRun], found: dict[str, FlowSession], this: Round) -> None:
        shown = [stored for stored in batch if (stored.run.flow_session_id or "") in found]
        this.each(shown, partial(_record, this, found))
        left_out = [stored for stored in batch if stored not in shown][: this.single_reads]
        this.single_reads -= len(left_out)
        this.each(left_out, partial(self._look_alone, this))

    def _look_alone(self, this: Round, stored: StoredRun) -> None:
        """Tell a session that is gone from one that a query leaves out as it may not be read."""
        session_id = stored.run.flow_session_id or ""
        if this.sessions.stopped:
            return
        try:
            this.record(stored, this.sessions.session(session_id), by="poll")
        except NotFoundError:
            this.record.missing(stored, session_id)
        except RefusedError as refusal:
            _unreadable(this, refusal, stored)
        except OutcomeUnknownError:
            self._later(this, stored)
            raise

    def _confirm(self, awaiting: Sequence[StoredRun], this: Round) -> None:
        """Ask what became of the submissions of these runs."""
        for batch in parts(awaiting, RUNS_A_REQUEST):
            if not this.may_ask:
                return
            found = self._asked(
                batch, partial(this.confirm.ask, [stored.run for stored in batch]), this
            )
            if isinstance(found, RefusedError):
                this.each(batch, partial(_unreadable, this, found))
            elif found is not None:
                this.each(_told(batch, found, this), partial(self._settle, this, found))

    def _settle(self, this: Round, found: Found, stored: StoredRun) -> None:
        try:
            this.confirm(stored, found)
        except RefusedError as refusal:
            _unreadable(this, refusal, stored)
        except OutcomeUnknownError:
            self._later(this, stored)
            raise

    def _asked(
        self, batch: Sequence[StoredRun], ask: Callable[[], Result], this: Round
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
            this.sessions.stop()
            if isinstance(error, OutcomeUnknownError):
                this.each(batch, partial(self._later, this))
            return None

    def _later(self, this: Round, stored: StoredRun) -> None:
        at = self.clock.now() + min(RETRY_MS, self.polling.first)
        this.runs.change(stored, lambda run: look_again(run, at))


def _read(watches: Sequence[Watch], this: Round) -> list[StoredRun]:
    def reader(watch: Watch) -> Callable[[], StoredRun | None]:
        return lambda: this.runs.read(watch.run_id)

    found = this.side_by_side([(watch.run_id, reader(watch)) for watch in watches])
    return [stored for stored in found if stored is not None and stored.run.watch_at]


def _told(batch: Sequence[StoredRun], found: Found, this: Round) -> list[StoredRun]:
    """Pick the runs that the answer tells enough about, and some that have to be matched."""
    told = []
    for stored in batch:
        costs = int(this.confirm.has_to_match(stored.run, found))
        if costs <= this.matches:
            this.matches -= costs
            told.append(stored)
    return told


def _record(this: Round, found: dict[str, FlowSession], stored: StoredRun) -> None:
    this.record(stored, found[stored.run.flow_session_id or ""], by="poll")


def _unreadable(this: Round, refusal: RefusedError, stored: StoredRun) -> None:
    if stored.run.awaits_answer:
        this.confirm.unreadable(stored, refusal.answer)
    else:
        this.record.unreadable(stored, refusal.answer)
