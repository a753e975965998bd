"""The span of a submission, and its metrics."""

from contextlib import AbstractContextManager

from shared import tracing
from shared.domain.identifiers import lane_of
from shared.domain.run import Run
from shared.services.submitting.verdict import Verdict


def submitting(run: Run) -> AbstractContextManager[tracing.Span]:
    """Give the span of a submission: of the call to Dataverse, and of the writing of its answer."""
    lane, attempt = lane_of(run.id), run.attempts
    kind = tracing.Kind.CLIENT
    return tracing.span(
        "run.submit", of=run.trace, kind=kind, run_id=run.id, lane=lane, attempt=attempt
    )


def measure(run: Run, verdict: Verdict, span: tracing.Span) -> None:
    """Tell what came of a submission; `run`: as it is after it."""
    outcome = verdict.event.removeprefix("run.")
    code = verdict.error.code if verdict.error else None
    span.tell(failed=code is not None, outcome=outcome, code=code)
    tracing.count("broker.submissions", outcome=outcome)
    if code is not None:
        tracing.count("broker.refusals", code=code)
    if verdict.session_id is not None and run.submitted_at is not None:
        tracing.took("broker.run.time_to_submission", run.submitted_at - run.created_at)
