"""The promises hold in every world, and the worlds are what they are said to be."""

import pytest

from tests.simulation import likely
from tests.simulation.likely import likely_first
from tests.simulation.seeds import run_all
from tests.simulation.world import simulate

SEEDS, LOOKED_THROUGH = 300, 500


def test_the_promises_hold_in_every_world() -> None:
    """Rate, once, nothing lost, truth, idempotence: whatever fails, dies, comes late or twice."""
    for outcome in run_all(range(SEEDS)):
        if outcome.broken:
            told = simulate(outcome.seed, verbose=True)
            seed = f"again: make simulate SEED={outcome.seed}"
            pytest.fail("\n".join((*told.history, *told.broken, seed)), pytrace=False)


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_seed_replays_to_the_letter(seed: int) -> None:
    """Whatever a seed found can be looked at again; keeping the history changes nothing."""
    first, second, silent = (
        simulate(seed, verbose=True),
        simulate(seed, verbose=True),
        simulate(seed),
    )
    assert first.history == second.history
    assert (silent.broken, silent.events) == (first.broken, first.events)


def test_everything_that_can_happen_happens() -> None:
    """A fault that never strikes, or a cure that is never needed, would prove nothing."""
    wanted = {
        "is killed",
        "is frozen",
        "unavailable: refused",
        "unavailable: answer lost",
        "happens late",
        "repeated by the SDK",
        "loses wake-up",
        "as poison",
        "delivers request",
        "throttles",
        "refuses",
        "ends as CANCELLED",
        "ends as TIMED_OUT",
        "run.unconfirmed",
        "SubmissionLost",
        "by='confirmation'",
        "by='poll'",
        "by='callback'",
        "run.double_session",
        "run.session_missing",
        "lane.paused",
        "lane.goes_on",
        "environment.refused",
        "environment.accepted",
        "environment.throttled",
        "code='AppUnauthorized'",
        "code='SubmissionFails'",
        "protects itself",
        "refuses the user's call: 0x80072321",
        "refuses the user's call: 0x80072322",
        "refuses the user's call: 0x80072326",
        "lets a call of",
        "no instance takes more of them",
        "operator  pauses",
        "operator  resumes",
        "operator  gives",
        "again -> Run",
        "fails of session",
        "cannot show",
        "row.unreadable",
        "run.overdue",
        "callback.refused",
        "CallbackOutcome.KNOWN",
        "CallbackOutcome.NOT_FINISHED",
        "CallbackOutcome.UNKNOWN_RUN",
        "-> 422",
        "status='Cancelled'",
        "RunFinalError",
        "request-",
        "code='DesktopFlowsActionThrottled'",
        "code='NotSent'",
        "run.announced",
        "run.not_announced_yet",
        "run.notified",
        "run.not_notified",
        "given_up=True",
        "retention.done runs=",
        "lane.left",
        "lane.came_back",
        "run.delivered",
        "run.not_delivered",
        "subscribes -> Subscription",
        "unsubscribes ->",
        "leaves ->",
    }
    for seed in likely_first(*likely.EVENTS, seeds=range(LOOKED_THROUGH)):
        history = "\n".join(simulate(seed, verbose=True).history)
        wanted = {text for text in wanted if text not in history}
        if not wanted:
            return
    assert wanted == set()
