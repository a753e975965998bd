"""Timers: the sweep, which finds what was stranded and never heard of; and retention."""

import azure.functions as func

from shared import tracing
from shared.invocation import begin
from shared.triggers.edge import failing_in_words
from shared.triggers.provider import Provider


def blueprint(
    services: Provider, *, sweep_schedule: str, retention_schedule: str
) -> func.Blueprint:
    """Register the sweep and the retention; schedules are six NCRONTAB fields."""
    functions = func.Blueprint()

    @functions.function_name("sweep")
    @functions.timer_trigger("timer", sweep_schedule)
    @failing_in_words
    def sweep(timer: func.TimerRequest, context: func.Context) -> None:  # noqa: ARG001 - the binding's name and value
        begin(context)
        with tracing.span("sweep"):
            services().sweep()

    @functions.function_name("retention")
    @functions.timer_trigger("timer", retention_schedule)
    @failing_in_words
    def retention(timer: func.TimerRequest, context: func.Context) -> None:  # noqa: ARG001 - as above
        begin(context)
        with tracing.span("retention"):
            services().retain()

    return functions
