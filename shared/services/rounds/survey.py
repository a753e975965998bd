"""The survey: each sweep keeps how the lanes stand that have something in them, and the queues."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial

from shared.domain.queue_count import QueueCount
from shared.domain.shelf import Shelf
from shared.services.keep_states import KeepStates
from shared.services.note_allowance import NoteAllowance
from shared.services.ports import Clock, Counted, Crew
from shared.services.rotation import rotated
from shared.services.side_by_side import side_by_side
from shared.storage.lane_states import LaneStates
from shared.storage.last_sweep import LastSweepTable
from shared.storage.table import StorageError
from shared.telemetry import event

LOOKING_SECONDS = 15.0
"""How long lanes are looked at; those that it does not suffice for stay as they were seen."""

IDLE = 10
"""How many lanes are looked at in a sweep in which nothing should have changed."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What cannot be read or written is told, and left to the next sweep."""

    states: LaneStates
    keep_state: KeepStates
    last_sweep: LastSweepTable
    allowance: NoteAllowance
    clock: Clock
    shelves: Mapping[Shelf, Counted]

    def keep_states(self, lane_ids: list[str], busy: Collection[str], crew: Crew) -> None:
        """Look at the lanes that are `busy`, that were not idle, or that nobody has seen yet.

        Of the others some are looked at, beginning with any: what is kept of one may be wrong, as
        whoever changed it died, or was overtaken by somebody who had looked before.
        """
        try:
            kept = self.states.kept()
        except StorageError as error:
            event("sweep.lanes_not_kept", level=logging.WARNING, reason=str(error))
            return
        still = {each for each, state in kept.items() if state.idle and each not in busy}
        changing = [each for each in lane_ids if each not in still]
        idle = [each for each in lane_ids if each in still]
        chosen = [*changing, *rotated(idle, self.clock)[:IDLE]]
        work = [(each, partial(self.keep_state, each)) for each in chosen]
        side_by_side(work, crew, LOOKING_SECONDS, failed="lane.not_seen", what="lane")

    def note(self) -> None:
        """Count the messages that nobody works any more, and note that the sweep is done."""
        counts = {shelf: self._count(shelf, queue) for shelf, queue in self.shelves.items()}
        try:
            if None in counts.values():  # what lay there when it could be counted last
                before = {each.shelf: each.count for each in self.last_sweep.read().messages}
                known = {shelf: before.get(shelf, 0) for shelf, n in counts.items() if n is None}
                counts |= known
            messages = [QueueCount(shelf, count) for shelf, count in counts.items() if count]
            self.last_sweep.note(self.clock.now(), messages, self.allowance.news())
        except StorageError as error:
            event("sweep.not_noted", level=logging.WARNING, reason=str(error))

    def _count(self, shelf: Shelf, queue: Counted) -> int | None:
        """Count a queue's messages; what the host gave up is told: nobody else would notice.

        None: it cannot be counted now.
        """
        try:
            count = queue.count()
        except StorageError as error:
            event("sweep.queue_not_read", level=logging.WARNING, reason=str(error))
            return None
        if count and shelf is not Shelf.REJECTED:
            event("queue.poison", level=logging.ERROR, queue=queue.name, messages=count)
        return count
