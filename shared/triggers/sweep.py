"""Timers: the sweep, which finds what was stranded and what was never heard of."""

import azure.functions as func

from shared.triggers.provider import Provider


def blueprint(services: Provider, *, sweep_schedule: str) -> func.Blueprint:
    """Register the sweep; the schedule is six NCRONTAB fields."""
    functions = func.Blueprint()

    @functions.function_name("sweep")
    @functions.timer_trigger("timer", sweep_schedule)
    def sweep(timer: func.TimerRequest) -> None:  # noqa: ARG001 - the binding's name and value
        services().sweep()

    return functions
