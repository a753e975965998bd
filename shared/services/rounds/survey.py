"""The survey: each sweep keeps how the lanes stand that have something in them, and the queues."""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from shared.domain.lane_state import LaneState
from shared.domain.queue_count import QueueCount
from shared.domain.shelf import Shelf
from shared.services.note_allowance import NoteAllowance
from shared.services.ports import Clock, Counted, Crew
from shared.services.side_by_side import side_by_side
from shared.storage.lane_states import LaneStates
from shared.storage.last_sweep import LastSweepTable
from shared.storage.table import StorageError
from shared.telemetry import event

LOOKING_SECONDS = 15.0
"""How long lanes are looked at; those that it does not suffice for stay as they were seen."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What cannot be read or written is told, and left to the next sweep."""

    states: LaneStates
    last_sweep: LastSweepTable
    allowance: NoteAllowance
    clock: Clock
    shelves: Mapping[Shelf, Counted]

    def keep_states(self, lane_ids: list[str], busy: Collection[str], crew: Crew) -> None:
        """Look at the lanes that are `busy`, that were not idle, or that nobody has seen yet."""
        try:
            kept = self.states.kept()
            changing = [
                each for each in lane_ids if each in busy or each not in kept or not kept[each].idle
            ]
            work = [(each, self._looker(each)) for each in changing]
            found = side_by_side(work, crew, LOOKING_SECONDS, failed="lane.not_seen", what="lane")
            self.states.keep([state for state in found if state is not None])
        except StorageError as error:
            event("sweep.lanes_not_kept", level=logging.WARNING, reason=str(error))

    def note(self) -> None:
        """Count the messages that nobody works any more, and note that the sweep is done."""
        counts = [count for each in self.shelves.items() for count in self._count(*each)]
        try:
            self.last_sweep.note(self.clock.now(), counts, self.allowance.news())
        except StorageError as error:
            event("sweep.not_noted", level=logging.WARNING, reason=str(error))

    def _looker(self, lane_id: str) -> Callable[[], LaneState | None]:
        return lambda: self.states.look(lane_id, self.clock.now())

    def _count(self, shelf: Shelf, queue: Counted) -> list[QueueCount]:
        """Count a queue's messages; what the host gave up is told: nobody else would notice."""
        try:
            count = queue.count()
        except StorageError as error:
            event("sweep.queue_not_read", level=logging.WARNING, reason=str(error))
            return []
        if count and shelf is not Shelf.REJECTED:
            event("queue.poison", level=logging.ERROR, queue=queue.name, messages=count)
        return [QueueCount(shelf, count)] if count else []
