"""Why a run waits, and until when: for callers, in one place."""

from dataclasses import dataclass

from shared.domain.lane import Lane
from shared.domain.pause import Pause, Why
from shared.domain.run import Run, RunStatus
from shared.domain.window import Pace


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a run waits for: a code, a sentence, and when that should be over (ms), if it is known.

    Dataverse or its own later turn may put it off again.
    """

    code: str
    message: str
    until: int | None = None


def waiting_for(
    run: Run, lane: Lane | None, now: int, pace: Pace, expected_at: int | None = None
) -> Waiting | None:
    """Say what a run waits for; None where it has ended, or its robot works.

    `lane`: the lane of a queued run, and `expected_at` when its turn should come.
    """
    match run.status:
        case RunStatus.QUEUED:
            return _queued(run, lane, now, pace, expected_at)
        case RunStatus.SUBMITTING:
            until = None if run.claimed_at is None else run.claimed_at + pace.deadline
            message = "Dataverse was asked to start the desktop flow, and has not answered yet."
            return Waiting(Why.AWAITS_ANSWER, message, until)
        case RunStatus.UNCONFIRMED:
            return _unconfirmed(run)
        case RunStatus.RUNNING:
            return _running(run)
    return None


def _queued(
    run: Run, lane: Lane | None, now: int, pace: Pace, expected_at: int | None
) -> Waiting | None:
    pause = None if lane is None else lane.waits(now)
    later = run.due_at > now + pace.margin
    if pause is not None and not (later and pause.until < run.due_at):
        return Waiting(pause.code, _told(pause), pause.ends_at)
    if later:
        why = f" after {run.error.code}" if run.error else ""
        message = f"The run went back behind the others{why}; its turn comes later each time."
        return Waiting(Why.LATER_TURN, message, run.due_at)
    if lane is not None and lane.back_off:
        message = "One run finds out for all of this connection whether they may go on."
        return Waiting(lane.pause.code or Why.AWAITS_TURN, message, lane.finder_until or None)
    if expected_at is not None and expected_at > now:
        message = (
            f"The connection takes {pace.limit} submissions in {pace.window // 1000} s:"
            " the run waits for its turn."
        )
        return Waiting(Why.NO_SLOT, message, expected_at)
    return Waiting(Why.AWAITS_TURN, "The run is about to be submitted.", expected_at)


def _told(pause: Pause) -> str:
    return pause.message or "The connection's lane pauses."


def _unconfirmed(run: Run) -> Waiting:
    if run.needs_operator_at is not None:
        message = "Nobody can tell what became of the submission: an operator has to decide."
        return Waiting(Why.AWAITS_OPERATOR, message)
    message = "The submission had no answer: Dataverse is asked what became of it."
    return Waiting(Why.AWAITS_CONFIRMATION, message, run.watch_at)


def _running(run: Run) -> Waiting | None:
    if run.overdue_at is not None:
        message = (
            "The flow session should have ended long ago, by the run's time-out and six hours of"
            " waiting for a machine: it is looked at as before, and an operator may give it up."
        )
        return Waiting(Why.OVERDUE, message)
    if run.cancel_requested_at is not None:
        message = "Dataverse was asked to cancel the flow session, and decides how it ends."
        return Waiting(Why.CANCELLING, message, run.watch_at)
    if run.started_at is None:
        message = "The flow session waits for a machine, or nobody has seen yet that it works."
        return Waiting(Why.AWAITS_MACHINE, message, run.watch_at)
    return None
