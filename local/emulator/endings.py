"""How a run ends: what its inputs ask the emulated robot to do."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

from local.emulator.statuscodes import (
    FLOW_FAILED,
    MAYBE_STARTED,
    NO_MACHINE,
    NOT_STARTED,
    TIMEOUT,
    Status,
)

VARIATION = 0.2
RESULT = {"Result": "Done"}


@dataclass(frozen=True)
class Ending:
    """The end of a run: `after_seconds` of work (None: never), and what the session then says.

    `started` is False where the robot never began; an `endless` one goes on after its time-out.
    """

    after_seconds: float | None
    statuscode: int
    errorcode: str | None = None
    errormessage: str | None = None
    outputs: str | None = None
    started: bool = True
    endless: bool = False


CANCELLED = Ending(0, Status.CANCELLED)
NO_CANDIDATE = Ending(
    0, Status.FAILED, NO_MACHINE, "No machine was able to run the desktop flow.", started=False
)


def timed_out(statuscode: int) -> Ending:
    """Return the end of a run that took too long, by the state that tells it."""
    if statuscode == Status.TIMED_OUT:
        return Ending(0, statuscode)
    return Ending(0, statuscode, TIMEOUT, "The desktop flow run exceeded its time-out.")


def ending_of(inputs: str | None, run_seconds: float, chance: random.Random) -> Ending:
    """Read from the inputs how a run ends.

    `Outcome` may be `fail`, `hang` (until its time-out), `never` (not even then), or an error code
    of runs; `RunSeconds` says how long the robot works, otherwise `run_seconds` and up to 20 % more
    or less. What is asked for nothing comes back as it was written, digit by digit.
    """
    # As floats: an int of more digits than Python reads at once would be refused.
    given: dict[str, Any] = json.loads(inputs, parse_int=float) if inputs else {}
    asked = given.get("RunSeconds")
    if isinstance(asked, int | float) and asked >= 0:
        seconds = float(asked)
    else:
        seconds = run_seconds * chance.uniform(1 - VARIATION, 1 + VARIATION)
    outcome = given.get("Outcome")
    if outcome == "hang":
        return Ending(None, Status.RUNNING)
    if outcome == "never":
        return Ending(None, Status.RUNNING, endless=True)
    if outcome == "fail":
        return Ending(seconds, Status.FAILED, FLOW_FAILED, "An action of the desktop flow failed.")
    if isinstance(outcome, str) and outcome in NOT_STARTED:
        return Ending(0, Status.FAILED, outcome, f"{outcome} (as asked for).", started=False)
    if isinstance(outcome, str) and outcome in MAYBE_STARTED:
        return Ending(seconds, Status.FAILED, outcome, f"{outcome} (as asked for).")
    # A run without inputs has no outputs either, so that this case can be seen too.
    return Ending(seconds, Status.SUCCEEDED, outputs=_echo(inputs, given) if inputs else None)


def _echo(inputs: str, given: dict[str, Any]) -> str:
    """Return the inputs and a result, with nothing of their text written anew."""
    if not given:
        return json.dumps(RESULT)
    if RESULT.keys() & given.keys():
        return inputs
    return f"{inputs.rstrip().removesuffix('}').rstrip()}, {json.dumps(RESULT)[1:]}"
