"""Telling of runs whose sessions do not end."""

import logging
from dataclasses import replace

from shared.domain.identifiers import lane_of
from shared.domain.run import Run
from shared.domain.run.overdue import note_overdue
from shared.services.rounds.round import Round
from shared.storage.runs import StoredRun
from shared.telemetry import event


def tell_if_overdue(this: Round, stored: StoredRun, run: Run) -> None:
    """Note it on a run that a look leaves running, and tell it in the log, once.

    `run`: as it is after the look. Raises StorageUnavailableError.
    """
    at = this.clock.now()
    if note_overdue(run, at=at) == run:
        return
    after = this.runs.change(replace(stored, run=run), lambda run: note_overdue(run, at=at))
    if after.overdue_at == at:
        event(
            "run.overdue",
            level=logging.WARNING,
            run_id=after.id,
            lane=lane_of(after.id),
            flow_session_id=after.flow_session_id,
            submitted_at=after.submitted_at,
        )
