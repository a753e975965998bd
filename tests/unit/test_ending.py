"""What is told of an end: outputs, or why there are none, and never nothing at all."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from shared.dataverse.errors import (
    Answer,
    NotFoundError,
    NotSentError,
    RefusedError,
    ThrottledError,
    UnreadableError,
)
from shared.domain.request import StartRequest
from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import end
from shared.services.following.callback_limits import CallbackLimits
from shared.services.hold import EnvironmentHold
from shared.services.reading.ending import (
    OUTPUTS_LIMIT_BYTES,
    PATIENCE_MS,
    Ending,
    NotYetReadableError,
    ReadEnding,
)
from shared.services.reading.outputs import ReadOutputs
from shared.storage.runs import RunTable, StoredRun
from tests.simulation.table import SimulatedTable
from tests.support.catalog import hold_of
from tests.support.clocks import HandClock
from tests.support.runs import NOW, REQUEST, RUN_ID, running

ANSWER = Answer(403, "0x80048306", "no right to read")


class Dataverse:
    """Gives outputs, or fails."""

    def __init__(self, outputs: dict[str, Any] | Exception | None) -> None:
        self.given = outputs
        self.asked = 0

    def outputs(self, _: str) -> dict[str, Any] | None:
        self.asked += 1
        if isinstance(self.given, Exception):
            raise self.given
        return self.given


def read(
    dataverse: Dataverse,
    *,
    run: Run | None = None,
    later: int = 0,
    hold: EnvironmentHold | None = None,
) -> Ending:
    run = run or end(running(), RunStatus.SUCCEEDED, at=NOW)
    outputs = ReadOutputs(RunTable(SimulatedTable()), cast("Any", dataverse))
    clock = HandClock(NOW + later)
    ending = ReadEnding(outputs, hold or hold_of(clock), CallbackLimits(clock), clock)
    return ending.of(StoredRun(run, "etag"))


def test_a_run_that_succeeded_is_told_with_its_outputs() -> None:
    ending = read(Dataverse({"Invoice": "2026-0001"}))
    assert json.loads(ending.outputs or "") == {"Invoice": "2026-0001"}
    assert ending.problem is None


def test_a_robot_that_gave_nothing_back_is_no_problem() -> None:
    ending = read(Dataverse(None))
    assert (ending.outputs, ending.problem) == (None, None)


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.TIMED_OUT])
def test_of_a_run_that_did_not_succeed_nobody_asks_for_outputs(status: RunStatus) -> None:
    dataverse = Dataverse({"Invoice": "2026-0001"})
    ending = read(dataverse, run=end(running(), status, at=NOW))
    assert (ending.outputs, ending.problem) == (None, None)
    assert dataverse.asked == 0


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotFoundError(ANSWER), "OutputsGone"),
        (RefusedError(ANSWER), "OutputsRefused"),
        (UnreadableError("no JSON object"), "OutputsUnreadable"),
    ],
)
def test_outputs_that_cannot_be_had_are_told_as_such(error: Exception, code: str) -> None:
    ending = read(Dataverse(error))
    assert ending.outputs is None
    assert ending.problem is not None
    assert ending.problem.code.name == code


def test_outputs_that_are_too_long_are_told_as_such() -> None:
    ending = read(Dataverse({"Report": "x" * OUTPUTS_LIMIT_BYTES}))
    assert ending.outputs is None
    assert ending.problem is not None
    assert ending.problem.code.name == "OutputsTooLarge"


@pytest.mark.parametrize("error", [NotSentError("no token"), ThrottledError(ANSWER, 2.0)])
def test_while_dataverse_cannot_be_asked_somebody_asks_again_for_an_hour(error: Exception) -> None:
    with pytest.raises(NotYetReadableError):
        read(Dataverse(error), later=PATIENCE_MS - 1)


def test_after_an_hour_the_end_is_told_without_outputs() -> None:
    """Whoever waits has to hear how his run ended, whatever becomes of Dataverse."""
    ending = read(Dataverse(NotSentError("no token")), later=PATIENCE_MS)
    assert ending.problem is not None
    assert ending.problem.code.name == "OutputsUnavailable"


def test_dataverse_is_left_alone_while_it_throttles_the_app() -> None:
    """Two hundred ends in a throttle would each prolong it."""
    dataverse = Dataverse({"Invoice": "2026-0001"})
    hold = hold_of(HandClock(NOW))
    hold.obey(ThrottledError(Answer(429, "0x80072322", "too many"), 30.0))
    with pytest.raises(NotYetReadableError):
        read(dataverse, hold=hold)
    assert dataverse.asked == 0


def test_an_address_without_a_key_asks_dataverse_no_more_often_than_engines_do() -> None:
    """Outputs that cannot be kept are read each time: 64 MiB, for whoever has the address."""
    dataverse = Dataverse(RefusedError(ANSWER))
    clock, table = HandClock(NOW), RunTable(SimulatedTable())
    asking = ReadEnding(
        ReadOutputs(table, cast("Any", dataverse)), hold_of(clock), CallbackLimits(clock), clock
    )
    run = table.insert(RUN_ID, StartRequest(REQUEST, None)).run
    stored = table.read(run.id)
    assert stored is not None
    table.change(stored, lambda _: end(running(), RunStatus.SUCCEEDED, at=NOW))
    for _ in range(10):
        asking(run.id)
    with pytest.raises(NotYetReadableError):
        asking(run.id)
    assert dataverse.asked == 10
