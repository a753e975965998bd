"""Polling: the looks that are due, over all lanes, 100 sessions a request to Dataverse."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from shared.dataverse.errors import DataverseError, RefusedError
from shared.services.announce import Announce
from shared.services.confirm import Confirm
from shared.services.considerate import ConsiderateDataverse
from shared.services.look import Look, SingleReads
from shared.services.round import Round
from shared.storage.rows import WatchRow
from shared.storage.runs import RunTable, StoredRun
from shared.telemetry import event

_Item = TypeVar("_Item")

SESSIONS_A_REQUEST = 100
"""How many sessions one query asks for (the Dataverse contract, section 1)."""

URLS_A_REQUEST = 25
"""How many runs are confirmed by one query: with two keys that is half of a URL's 32 KiB."""


@dataclass(frozen=True, slots=True)
class Poll:
    """Looks at runs; what it does not get to, or what fails, stays due.

    `ended`: where `runs` puts the runs that a look has ended. They are announced when every session
    has been asked for: telling of thousands of ends takes longer than finding them.
    """

    runs: RunTable
    ended: list[StoredRun]
    dataverse: ConsiderateDataverse
    look: Look
    confirm: Confirm
    announce: Announce

    def begin_round(self) -> None:
        """Take over what other instances were told by Dataverse."""
        self.dataverse.begin_round()

    def __call__(self, watches: Sequence[WatchRow], round_: Round) -> None:
        """Take the looks that are due, until the round is over.

        Of running sessions as many are asked for at once as a query takes, whatever else is due
        among them. Runs that have ended need no Dataverse, so they are announced in any case.
        """
        running: list[StoredRun] = []
        singles = SingleReads()
        for watched in _batches(watches, SESSIONS_A_REQUEST):
            if round_.over:
                return
            due = self._read(watched, round_)
            self._announce([each for each in due if each.run.final], round_)
            self._confirm([each for each in due if each.run.awaits_answer], round_)
            running += (each for each in due if not each.run.final and each.run.flow_session_id)
            if len(running) >= SESSIONS_A_REQUEST:
                self._look(running[:SESSIONS_A_REQUEST], round_, singles)
                running = running[SESSIONS_A_REQUEST:]
        self._look(running, round_, singles)
        while self.ended and not round_.over:
            some = [self.ended.pop() for _ in range(min(SESSIONS_A_REQUEST, len(self.ended)))]
            self._announce(some, round_)
        self.ended.clear()  # the others are due at the next sweep

    def _read(self, watched: Sequence[WatchRow], round_: Round) -> list[StoredRun]:
        work = [(watch.run_id, partial(self.runs.read, watch.run_id)) for watch in watched]
        found = (each for each in round_.side_by_side(work) if isinstance(each, StoredRun))
        return [stored for stored in found if stored.run.watch_at]

    def _look(self, stored: Sequence[StoredRun], round_: Round, singles: SingleReads) -> None:
        if not stored or round_.over or self.dataverse.waits:
            return
        try:
            sessions = self.dataverse.sessions([each.run.flow_session_id or "" for each in stored])
        except RefusedError as refusal:
            refused = partial(self.look.note_unreadable, answer=refusal.answer)
            round_.side_by_side([(each.run.id, partial(refused, each)) for each in stored])
            return
        except DataverseError as error:
            event("poll.failed", level=logging.WARNING, runs=len(stored), reason=str(error))
            return
        looks = [
            (each.run.id, partial(self.look, each, sessions.get(each.run.flow_session_id or "")))
            for each in stored
        ]
        round_.side_by_side([(run_id, partial(look, singles)) for run_id, look in looks])

    def _confirm(self, stored: Sequence[StoredRun], round_: Round) -> None:
        for batch in _batches(stored, URLS_A_REQUEST):
            if round_.over or self.dataverse.waits:
                return
            try:
                asked = self.confirm.ask([each.run for each in batch])
            except DataverseError as error:
                event("poll.failed", level=logging.WARNING, runs=len(batch), reason=str(error))
                continue
            round_.side_by_side(
                [(each.run.id, partial(self.confirm, each, asked[each.run.id])) for each in batch]
            )

    def _announce(self, stored: Sequence[StoredRun], round_: Round) -> None:
        """Announce ends that nobody has; not while queues fail, which would take all the time."""
        if stored and not self.announce.quiet:
            work = [(each.run.id, partial(self.announce, each)) for each in stored]
            came = round_.side_by_side(work)
            if any(isinstance(each, Exception) for each in came):
                self.announce.fall_quiet()


def _batches(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
