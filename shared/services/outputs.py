"""Outputs: what the robot gave back, read from Dataverse once and kept with the run."""

import json
from dataclasses import dataclass
from typing import Any

from shared.domain.identifiers import is_run_id
from shared.domain.run import Run
from shared.domain.strict_json import compact
from shared.services.ports import Dataverse
from shared.services.refusals import RunNotFinalError
from shared.storage.runs import RunTable


@dataclass(frozen=True, slots=True)
class RunOutputs:
    """A final run and its outputs; None: it gave nothing."""

    run: Run
    outputs: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ReadOutputs:
    """Outputs that are too long to be kept are read from Dataverse each time."""

    runs: RunTable
    dataverse: Dataverse

    def __call__(self, run_id: str) -> RunOutputs | None:
        """Give a run's outputs; None if there is no such run.

        Raises RunNotFinalError, StorageUnavailableError and DataverseError.
        """
        stored = self.runs.read(run_id) if is_run_id(run_id) else None
        if stored is None:
            return None
        run = stored.run
        if not run.final:
            raise RunNotFinalError(run.status)
        if run.output_entities is not None:
            kept = self.runs.read_outputs(run)
            return RunOutputs(run, None if kept is None else json.loads(kept))
        outputs = self.dataverse.outputs(run.flow_session_id) if run.flow_session_id else None
        self.runs.keep_outputs(stored, None if outputs is None else compact(outputs))
        return RunOutputs(run, outputs)
