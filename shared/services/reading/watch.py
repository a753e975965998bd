"""Watching one run: as it is now, or as soon as it has changed, with what it has before it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from shared.domain.run import Run
from shared.domain.run.stage import stage_of
from shared.invocation import carried
from shared.services.reading.changes import Changes
from shared.services.reading.engines import ReadEngines, WaitingEngine
from shared.services.reading.lane_views import Outlook, ViewLanes
from shared.services.reading.read import Read

Result = TypeVar("Result")

HasSeen = Callable[[str], bool]
"""Says whether a caller knows of a stage (domain/run/stage.py)."""


class Reads(Protocol):
    def __call__(self, work: Callable[[], Result]) -> Awaitable[Result]:
        """Do work that blocks, away from the event loop."""
        ...


@dataclass(frozen=True, slots=True)
class Seen:
    """A run as it is now, its outlook, and who waits for its end."""

    run: Run
    outlook: Outlook
    engines: tuple[WaitingEngine, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """Every call raises StorageUnavailableError, and UnreadableRowError."""

    read: Read
    lanes: ViewLanes
    engines: ReadEngines
    changes: Changes

    async def __call__(
        self, run_id: str, reads: Reads, seconds: float, has_seen: HasSeen
    ) -> Seen | None:
        """Give a run as soon as its stage is one that the caller has not seen, or time is up.

        A run that has ended is given at once. None if there is none of this id.
        """
        if not seconds:
            return await reads(partial(self._now, run_id))
        # Rounds serve many callers: each read of them is made for one who still waits.
        read = carried(partial(self.read, run_id))
        run = await reads(read)
        if run is not None and not run.final and has_seen(stage_of(run)):
            seen = stage_of(run)
            run = await self.changes.until(
                run, lambda each: stage_of(each) != seen, seconds, lambda: reads(read)
            )
        return None if run is None else await reads(partial(self._with_outlook, run))

    def _now(self, run_id: str) -> Seen | None:
        run = self.read(run_id)
        return None if run is None else self._with_outlook(run)

    def _with_outlook(self, run: Run) -> Seen:
        return Seen(run, self.lanes.outlook(run), self.engines(run))
