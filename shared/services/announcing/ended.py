"""Whoever hears of a run's end hears of it within a span, which tells how and after how long."""

from shared import tracing
from shared.domain.identifiers import lane_of
from shared.storage.runs import StoredRun, Told


def traced(told: Told) -> Told:
    """Give what hears of an end within the span of its recording, and then tells it on."""

    def tell(stored: StoredRun) -> None:
        run = stored.run
        status, code = run.status.value, run.error.code if run.error else None
        with tracing.span(
            "run.end", of=run.trace, run_id=run.id, lane=lane_of(run.id), status=status, code=code
        ):
            tracing.count("broker.runs.ended", status=status)
            if run.ended_at is not None:
                tracing.took("broker.run.time_to_end", run.ended_at - run.created_at, status=status)
            told(stored)

    return tell
