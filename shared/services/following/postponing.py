"""Turns of looks that came to nothing: the run stands behind others next round."""

from shared.domain.run import Polling, Run
from shared.domain.run.failed_looks import RETRY_MS, look_failed
from shared.domain.run.steps import look_again
from shared.services.rounds.round import Round
from shared.storage.runs import StoredRun


def later(this: Round, stored: StoredRun, polling: Polling) -> None:
    """Put off a run that was not asked for, as its group failed: a short while, each time."""
    at = this.clock.now() + min(RETRY_MS, polling.first)
    this.runs.change(stored, lambda run: look_again(run, at))


def failed(this: Round, stored: StoredRun, polling: Polling) -> Run:
    """Put off a run whose own look failed, longer each time."""
    at = this.clock.now()
    return this.runs.change(stored, lambda run: look_failed(run, at=at, polling=polling))
