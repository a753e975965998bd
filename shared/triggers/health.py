"""HTTP: whether the app lives, for anybody; and, with a key, what is wrong with it.

An anonymous function is not told whether a key is right, so these are two functions.
"""

import logging
from collections.abc import Callable

import azure.functions as func

from shared.domain.finding import Finding, worst
from shared.domain.instants import to_iso
from shared.settings import Reading
from shared.telemetry import event
from shared.triggers.edge import answering, answering_later
from shared.triggers.rendering import Json, json_response
from shared.version import VERSION

Diagnose = Callable[[], tuple[int, tuple[Finding, ...]]]
"""Makes all checks; gives when it was done (ms), and what each has come to."""

ALIVE, MISCONFIGURED = "Alive", "Misconfigured"
_SERVES, _SERVES_NOTHING = 200, 503


def blueprint(reading: Reading, diagnose: Diagnose) -> func.Blueprint:
    """Register `health` and `diagnostics`, which are there whatever the settings say."""
    functions = func.Blueprint()

    # Async, so that it needs no thread: the doctor asks for it while it holds one.
    @functions.function_name("get_health")
    @functions.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
    @answering_later
    async def get_health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
        if reading.faults:
            event("settings.invalid", level=logging.ERROR, faults="; ".join(reading.faults))
            return _health(_SERVES_NOTHING, MISCONFIGURED)
        return _health(_SERVES, ALIVE)

    @functions.function_name("get_diagnostics")
    @functions.route("diagnostics", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def get_diagnostics(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001
        at, findings = diagnose()
        return json_response(200, diagnostics_json(at, findings))

    return functions


def _health(status: int, word: str) -> func.HttpResponse:
    told = {"status": word, "version": VERSION}
    return json_response(status, told)


def diagnostics_json(at: int, findings: tuple[Finding, ...]) -> Json:
    """Render what was found; `at`: when (ms since the epoch)."""
    return {
        "asOf": to_iso(at),
        "version": VERSION,
        "outcome": worst(findings).value,
        "findings": [
            {
                "check": each.check,
                "outcome": each.outcome.value,
                "detail": each.detail,
                "advice": each.advice,
            }
            for each in findings
        ],
    }
