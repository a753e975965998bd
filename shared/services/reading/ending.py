"""The ending of a run: how it ended, and its outputs, or why those cannot be told."""

from dataclasses import dataclass

from shared.dataverse.errors import DataverseError
from shared.domain.codes.answers import UNAVAILABLE
from shared.domain.errors import BrokerError
from shared.domain.identifiers import is_run_id
from shared.domain.run import Run, RunStatus
from shared.services.following.callback_limits import CallbackLimits
from shared.services.hold import EnvironmentHold
from shared.services.ports import Clock
from shared.services.reading.outputs import ReadOutputs
from shared.services.refusals import (
    OutputsTooLargeError,
    OutputsUnavailableError,
    RefusalError,
)
from shared.storage.runs import StoredRun

OUTPUTS_LIMIT_BYTES = 5 * 1024 * 1024
"""How long outputs may be that are told with an ending: it is sent within seconds."""

PATIENCE_MS = 3_600_000
"""How long after its end a run is told without outputs that Dataverse cannot be asked for."""


class NotYetReadableError(BrokerError):
    """Dataverse cannot be asked for the outputs now; the run has not ended long ago."""

    code = UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Ending:
    """A run that has ended. `outputs`: JSON text; only a run that succeeded has any.

    `problem`: why they are not told, though there may be some.
    """

    run: Run
    outputs: str | None = None
    problem: RefusalError | None = None


@dataclass(frozen=True, slots=True)
class ReadEnding:
    """Reads what is told of an end to those who wait for it."""

    outputs: ReadOutputs
    hold: EnvironmentHold
    limits: CallbackLimits
    clock: Clock

    def __call__(self, run_id: str) -> Ending | Run | None:
        """Give a run's ending, the run while it goes on, or None if there is none of this id.

        Raises NotYetReadableError and StorageUnavailableError.
        """
        stored = self.outputs.runs.read(run_id) if is_run_id(run_id) else None
        if stored is None:
            return None
        if not stored.run.final:
            return stored.run
        # Whoever has the address may ask, without a key: Dataverse is not asked as often as that.
        if stored.run.output_entities is None and self.limits.wait(run_id) > 0:
            raise NotYetReadableError("it is asked for more often than engines do")
        return self.of(stored)

    def of(self, stored: StoredRun) -> Ending:
        """Give the ending of a final run; raises NotYetReadableError, StorageUnavailableError."""
        run = stored.run
        if run.status is not RunStatus.SUCCEEDED:
            return Ending(run)
        held = self.hold.holds() if run.output_entities is None else None
        if held is not None and self.clock.now() < (run.ended_at or 0) + PATIENCE_MS:
            raise NotYetReadableError(f"Dataverse is left alone: {held.message}")
        try:
            text = self.outputs.of(stored).text
        except RefusalError as error:
            return Ending(run, problem=error)
        except DataverseError as error:
            if self.clock.now() < (run.ended_at or 0) + PATIENCE_MS:
                raise NotYetReadableError(str(error)) from error
            return Ending(run, problem=OutputsUnavailableError())
        size = len((text or "").encode())
        if size > OUTPUTS_LIMIT_BYTES:
            return Ending(run, problem=OutputsTooLargeError(size, OUTPUTS_LIMIT_BYTES))
        return Ending(run, text)
