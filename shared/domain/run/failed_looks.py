"""The step of a run whose look failed: the next comes later each time, and never not at all."""

from dataclasses import replace

from shared.domain.run import Polling, Run
from shared.domain.run.steps import CANCEL_LOOK

RETRY_MS = 60_000
"""The longest that a run waits after its first look that failed."""


def look_failed(run: Run, *, at: int, polling: Polling) -> Run:
    """Note a look that told nothing, once."""
    if run.final or run.watch_at is None or run.watch_at == _next(run, at, polling):
        return run
    run = replace(run, polls=run.polls + 1)
    return replace(run, watch_at=_next(run, at, polling))


def _next(run: Run, at: int, polling: Polling) -> int:
    """Tell when to look after as many looks; sooner if the session is to be cancelled."""
    first = min(RETRY_MS, polling.first)
    if run.cancel_requested_at is not None:
        first = min(first, CANCEL_LOOK)
    return at + Polling(first, polling.last).wait(max(0, run.polls - 1))
