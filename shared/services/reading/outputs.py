"""Outputs: what the robot gave back, read from Dataverse once and kept with the run."""

import logging
from dataclasses import dataclass

from shared.dataverse.errors import NotFoundError, RefusedError, UnreadableError
from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.identifiers import is_run_id
from shared.domain.run import Run
from shared.domain.strict_json import InvalidJsonError, compact
from shared.services.ports import Dataverse
from shared.services.refusals import (
    OutputsGoneError,
    OutputsRefusedError,
    OutputsUnreadableError,
    RunNotFinalError,
)
from shared.storage.runs import RunTable, StoredRun
from shared.telemetry import event


@dataclass(frozen=True, slots=True)
class RunOutputs:
    """A final run and its outputs, as JSON text, digit by digit; None: it gave nothing."""

    run: Run
    text: str | None


@dataclass(frozen=True, slots=True)
class ReadOutputs:
    """Outputs that are too long to be kept are read from Dataverse each time."""

    runs: RunTable
    dataverse: Dataverse

    def __call__(self, run_id: str, workflow_id: str | None = None) -> RunOutputs | None:
        """Give a run's outputs; None if there is no such run.

        `workflow_id`: the desktop flow whose outputs are expected, if that is known. Raises
        InvalidRequestError if it is another's, a RefusalError, StorageUnavailableError and
        DataverseError.
        """
        stored = self.runs.read(run_id) if is_run_id(run_id) else None
        if stored is None:
            return None
        if workflow_id not in (None, stored.run.request.workflow_id):
            message = "must be the desktop flow that the run is of, whose outputs these are"
            raise InvalidRequestError(Fault("workflowId", "InvalidValue", message))
        return self.of(stored)

    def of(self, stored: StoredRun) -> RunOutputs:
        """Give the outputs of a run as it was read; raises the same."""
        run = stored.run
        if not run.final:
            raise RunNotFinalError(run.status)
        if run.output_entities is not None:
            return RunOutputs(run, self.runs.read_outputs(run))
        text = self._ask(run)
        self.runs.keep_outputs(stored, text)
        return RunOutputs(run, text)

    def _ask(self, run: Run) -> str | None:
        """Read the outputs from Dataverse, as text; raises where there may be some.

        "None" is kept for good, so it must not come of a session that is gone or of bad JSON.
        """
        if run.flow_session_id is None:
            return None
        try:
            outputs = self.dataverse.outputs(run.flow_session_id)
            return None if outputs is None else compact(outputs)
        except NotFoundError as error:
            raise OutputsGoneError(error.answer) from error
        except RefusedError as error:
            raise OutputsRefusedError(error.answer) from error
        except (UnreadableError, InvalidJsonError) as error:
            reason = str(error)
            event("outputs.unreadable", level=logging.WARNING, run_id=run.id, reason=reason)
            raise OutputsUnreadableError(reason) from error
