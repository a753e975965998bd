"""The app, broken on purpose: lanes in hand are lost sight of."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from shared.domain.lane import Lane
from shared.services.submitting.hand import Hand
from shared.services.submitting.lane_step import LaneStep
from shared.services.submitting.loop import Loop
from shared.services.submitting.watchman import Watchman

SLEEP_SECONDS = 30.0


def no_guard() -> AbstractContextManager[Any]:
    """Lanes count as safe though no message would find them."""
    return patch.object(Watchman, "_send", lambda *_: True)


def no_look_after_letting_go() -> AbstractContextManager[Any]:
    """Whoever lets a lane go does not look for runs whose starters relied on him."""
    find_empty = LaneStep._find_empty

    def mutated(self: LaneStep, hand: Hand, lane: Lane, now: int) -> None:
        find_empty(self, hand, lane, now)
        hand.works = False

    return patch.object(LaneStep, "_find_empty", mutated)


def the_loop_sleeps_for_one_lane() -> AbstractContextManager[Any]:
    """The loop waits for the lane that is ready last, whichever is ready before."""

    def mutated(self: Loop) -> None:
        dues = [hand.due_at() - self.clock.monotonic() for hand in self.hands.values()]
        if dues:
            self.clock.sleep(min(SLEEP_SECONDS, max(0.05, *dues)))

    return patch.object(Loop, "_rest", mutated)


PUMP_MUTATIONS = {
    "no guard": no_guard,
    "no look after letting go": no_look_after_letting_go,
    "the loop sleeps for one lane": the_loop_sleeps_for_one_lane,
}
