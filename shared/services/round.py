"""A sweep's round: pieces of work side by side, in a bounded time, none of which stops another."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.dataverse.errors import DataverseError
from shared.services.ports import Clock, Crew, Result
from shared.storage.table import StorageError
from shared.telemetry import event, failure


@dataclass(slots=True)
class Round:
    """`ends`: when its time is over (monotonic seconds)."""

    crew: Crew
    clock: Clock
    ends: float

    @property
    def over(self) -> bool:
        return self.clock.monotonic() >= self.ends

    def side_by_side(
        self, work: Sequence[tuple[str, Callable[[], Result]]]
    ) -> list[Result | Exception]:
        """Do all of it, each under its run's id, and give what came of what has ended in time.

        What fails is told and stays due. It must not stop the others: it would in every round.
        """
        calls = [(run_id, self.crew.start(each)) for run_id, each in work]
        left = max(0.0, self.ends - self.clock.monotonic())
        self.crew.wait([call for _, call in calls], left)
        results: list[Result | Exception] = []
        for run_id, call in calls:
            try:
                results += [call.result()] if call.done() else []
            except (DataverseError, StorageError) as error:
                event("run.look_failed", level=logging.WARNING, run_id=run_id, reason=str(error))
                results.append(error)
            except Exception as error:  # noqa: BLE001 - the outermost edge of a thread: told, not lost
                failure("run.look_failed", error, run_id=run_id)
                results.append(error)
        return results
