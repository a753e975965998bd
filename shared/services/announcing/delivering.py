"""The span and the count of an attempt to tell a receiver, whoever makes it."""

from contextlib import AbstractContextManager

from shared import tracing
from shared.domain.run import Run
from shared.domain.run.notification import Delivery


def delivering(run: Run, receiver: str, attempt: int) -> AbstractContextManager[tracing.Span]:
    """Give the span of an attempt; `receiver`: what kind of receiver it is for."""
    kind = tracing.Kind.CLIENT
    return tracing.span(
        "run.deliver",
        of=run.trace,
        kind=kind,
        run_id=run.id,
        receiver=receiver,
        attempt=attempt,
    )


def tell_delivered(span: tracing.Span, receiver: str, delivery: Delivery) -> None:
    """Tell what came of it: its reason is in the log, and may be long."""
    outcome = _outcome(delivery)
    span.tell(failed=delivery.error is not None, outcome=outcome)
    tracing.count("broker.deliveries", receiver=receiver, outcome=outcome)


def _outcome(delivery: Delivery) -> str:
    if delivery.error is None:
        return "delivered"
    if delivery.gone:
        return "gone"
    return "refused" if delivery.answered else "unanswered"
