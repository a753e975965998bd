"""Dataverse's "too many requests" is obeyed by this sweep, by later ones and by other instances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from shared.dataverse.errors import Answer, NotSentError, OutcomeUnknownError, ThrottledError
from shared.domain.pause import LONGEST, SHORTEST, Pause, Why
from shared.services.following.restraint import Restraint
from shared.services.hold import UNSAID_MS, EnvironmentHold
from shared.storage.environment import EnvironmentTable
from shared.storage.table import StorageUnavailableError
from tests.simulation.table import SimulatedTable
from tests.support.runs import NOW, SESSION
from tests.support.tables import DeceptiveTable

HOST = "org.crm.dynamics.com"


class StandingClock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at


class Sessions:
    """Fails as told, and counts what was asked."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked = 0

    def session(self, session_id: str) -> str:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return session_id

    cancel = session


def throttled(retry_after: float | None) -> ThrottledError:
    return ThrottledError(Answer(429, "0x80072322", "too many requests"), retry_after)


def next_round(sweep: Restraint) -> Restraint:
    """Begin another round of the same instance."""
    return Restraint.of_a_round(sweep.dataverse, sweep.hold)


class Instances:
    """Restraints of several instances, with one table and one clock."""

    def __init__(self) -> None:
        self.clock = StandingClock()
        self.table = DeceptiveTable(SimulatedTable())

    def make(self, sessions: Sessions) -> Restraint:
        known = EnvironmentTable(self.table, HOST)
        hold = EnvironmentHold(known, cast("Any", self.clock))
        return Restraint.of_a_round(cast("Any", sessions), hold)

    def throttle(self, retry_after: float | None) -> Restraint:
        """Let an instance be told to wait."""
        told = self.make(Sessions(throttled(retry_after)))
        with pytest.raises(ThrottledError):
            told.session(SESSION)
        return told

    def held_for(self, sweep: Restraint) -> int:
        """Find out by the second how long sweeps are held, in ms."""
        begun = self.clock.at
        while next_round(sweep).stopped:
            self.clock.at += 1_000
        return self.clock.at - begun


@pytest.fixture
def instances() -> Instances:
    return Instances()


@pytest.mark.parametrize(
    "ask",
    [lambda sweep: sweep.session(SESSION), lambda sweep: sweep.cancel(SESSION)],
    ids=["a read", "a cancellation"],
)
def test_after_one_429_nothing_is_sent(
    instances: Instances, ask: Callable[[Restraint], object]
) -> None:
    sessions = Sessions(throttled(20.0))
    sweep = instances.make(sessions)
    with pytest.raises(ThrottledError):
        ask(sweep)
    for _ in range(3):
        with pytest.raises(NotSentError):
            ask(sweep)
    assert (sweep.stopped, sessions.asked) == (True, 1)


def test_the_time_asked_for_holds_for_later_sweeps_and_other_instances(
    instances: Instances,
) -> None:
    told = instances.throttle(20.0)
    other = instances.make(Sessions())
    assert (told.stopped, other.stopped) == (True, True)
    assert instances.held_for(other) == 20_000
    assert not next_round(told).stopped


@pytest.mark.parametrize(
    ("retry_after", "held"), [(None, UNSAID_MS), (86_400.0, LONGEST), (0.0, SHORTEST)]
)
def test_a_time_that_is_not_said_or_beyond_reason_has_bounds(
    instances: Instances, retry_after: float | None, held: int
) -> None:
    assert instances.held_for(instances.throttle(retry_after)) == held


def test_calls_that_are_throttled_together_write_one_hold(instances: Instances) -> None:
    """48 calls side by side would write it 48 times."""
    sweep = instances.make(Sessions(throttled(20.0)))
    for _ in range(48):
        sweep.stopped = False  # as if they were under way already
        with pytest.raises(ThrottledError):
            sweep.session(SESSION)
    assert instances.table.commits == 1


def test_what_cannot_be_sent_stops_this_sweep_alone(instances: Instances) -> None:
    """One attempt a sweep while Dataverse cannot be reached."""
    sessions = Sessions(NotSentError("connection refused"))
    sweep = instances.make(sessions)
    for _ in range(3):
        with pytest.raises(NotSentError):
            sweep.session(SESSION)
    assert sessions.asked == 1
    assert not next_round(sweep).stopped


def test_one_failure_that_says_nothing_of_the_others_stops_nothing(instances: Instances) -> None:
    sessions = Sessions(OutcomeUnknownError("500"))
    sweep = instances.make(sessions)
    for _ in range(3):
        with pytest.raises(OutcomeUnknownError):
            sweep.session(SESSION)
    assert sessions.asked == 3


def test_a_hold_holds_here_although_it_could_not_be_kept(instances: Instances) -> None:
    instances.table.lost = [StorageUnavailableError("no answer")]
    told = instances.throttle(20.0)
    other = instances.make(Sessions())
    assert not other.stopped
    assert instances.held_for(told) == 20_000


def test_a_sweep_that_cannot_ask_for_a_hold_goes_on(
    instances: Instances, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StorageUnavailableError("no answer")

    monkeypatch.setattr(instances.table, "get", fail)
    assert not instances.make(Sessions()).stopped


def test_a_hold_of_a_clock_that_was_wrong_does_not_hold_for_ever(instances: Instances) -> None:
    wrong = Pause(NOW + 24 * 3_600_000, Why.SERVICE_PROTECTION, "too many", NOW)
    EnvironmentTable(instances.table, HOST).change_hold(
        lambda known: known.told(wrong, NOW, by_submission=False)
    )
    assert not instances.make(Sessions()).stopped


def test_a_call_that_was_one_too_many_at_once_fails_alone(instances: Instances) -> None:
    """Seed 470: it ended each round, and the last of its looks never had a turn."""
    crowded = ThrottledError(Answer(429, "0x80072326", "too many at once"), None)
    sessions = Sessions(crowded)
    restraint = instances.make(sessions)
    with pytest.raises(ThrottledError):
        restraint.session(SESSION)
    sessions.error = None
    restraint.session(SESSION)
    assert sessions.asked == 2
