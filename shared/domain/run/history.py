"""A run's history: a stretch for each state that it was in, noted where its steps are written.

A claim writes to runs that it has not read (storage/lanes.py), so its stretch is added when the run
is read next. What a run of an earlier version went through before it was changed is not known: its
history begins with the first change that was noted.
"""

from dataclasses import replace

from shared.domain.pause import Pause, Why
from shared.domain.run.states import Run, RunError
from shared.domain.run.status import RunStatus
from shared.domain.run.stretch import Reason, Stretch, reason

LIMIT = 40
"""How many stretches are kept; of a longer life the middle goes."""

FIRST = 10
"""How many of them are the first ones."""

MOMENT = 2_000
"""For how long a queued run waits before there is anything to say of it, in ms."""

_STOOD_STILL = "The connection's lane paused."
_LATER = "The run went back behind the others: its turn came later."
_OTHERS_FIRST = "Runs before it went first, as many at a time as the connection takes."
_NO_ROBOT_YET = "The flow session waits for a machine, or nobody has seen yet that it works."
_ROBOT_LATER = "The flow session waited for a machine."


def begun(run: Run) -> Run:
    """Begin the history of a run that is new."""
    return replace(run, history=(Stretch(run.status, run.created_at),))


def noted(before: Run, after: Run) -> Run:
    """Give the run after a step with its history; without a change of state it is as before."""
    if after.status is before.status:
        return after
    return _with(after, before.history, after.changed_at, _why_it_ended(before, after))


def claimed(run: Run, paused: Pause | None) -> Run:
    """Add what a claim did to the history of a run, if nobody has yet.

    `paused`: the pause of its lane that was over last by then, if that may have kept it.
    """
    if not run.history or run.history[-1].status is run.status:
        return run
    since = run.history[-1].since
    return _with(run, run.history, run.sent_by, _why_it_waited(run, since, paused))


def life_of(run: Run) -> tuple[Stretch, ...]:
    """Tell the history of a run: its last stretch with what is so now, and a robot's time apart."""
    if not run.history:
        return ()
    *past, last = run.history
    told = replace(last, reason=_why_now(run, last.reason))
    return tuple(part for each in (*past, told) for part in _robot_apart(run, each))


def _with(run: Run, history: tuple[Stretch, ...], at: int, why: Reason | None) -> Run:
    """Close the last stretch, and open the next: no clock that is behind makes one end early."""
    if not history:
        return replace(run, history=(Stretch(run.status, at),))
    *past, last = history
    at = max(at, last.since)
    longer = (*past, replace(last, until=at, reason=why), Stretch(run.status, at))
    if len(longer) > LIMIT:
        longer = (*longer[:FIRST], *longer[FIRST - LIMIT :])
    return replace(run, history=longer)


def _why_it_ended(before: Run, after: Run) -> Reason | None:
    """Say why a run was put back or is not confirmed; or what was wrong while it went on."""
    if after.status in (RunStatus.QUEUED, RunStatus.UNCONFIRMED):
        return _of(after.error)
    if before.status in (RunStatus.UNCONFIRMED, RunStatus.RUNNING):
        return _of(before.error)
    return None


def _why_it_waited(run: Run, since: int, paused: Pause | None) -> Reason | None:
    """Say what a run waited for until it was claimed."""
    if paused is not None and paused.until > max(since, run.due_at):
        return reason(paused.code, paused.message or _STOOD_STILL)
    if run.due_at > since + MOMENT:
        return Reason(Why.LATER_TURN, _LATER)
    return Reason(Why.AWAITS_TURN, _OTHERS_FIRST) if run.sent_by > since + MOMENT else None


def _why_now(run: Run, kept: Reason | None) -> Reason | None:
    """Say why a run is in the state it is in; a submission has the error of the one before it."""
    if run.status is RunStatus.SUBMITTING:
        return kept
    if run.status is RunStatus.RUNNING and run.error is None and run.started_at is None:
        return Reason(Why.AWAITS_MACHINE, _NO_ROBOT_YET)
    return _of(run.error)


def _robot_apart(run: Run, stretch: Stretch) -> tuple[Stretch, ...]:
    """Tell the wait for a machine apart from the time in which the robot worked."""
    began = run.started_at
    if stretch.status is not RunStatus.RUNNING or began is None or began <= stretch.since:
        return (stretch,)
    if stretch.until is not None and began >= stretch.until:
        return (stretch,)
    waited = Reason(Why.AWAITS_MACHINE, _ROBOT_LATER)
    return replace(stretch, until=began, reason=waited), replace(stretch, since=began)


def _of(error: RunError | None) -> Reason | None:
    return None if error is None else reason(error.code, error.message)
