"""The app, broken on purpose: lanes in hand are lost sight of."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from shared.services.submitting.hand import NEVER, Hand
from shared.services.submitting.lane_step import LaneStep
from shared.services.submitting.loop import Loop

SLEEP_SECONDS = 30.0


def no_look_after_letting_go() -> AbstractContextManager[Any]:
    """Whoever lets a lane go does not look for runs whose starters relied on him."""
    claim = LaneStep._claim

    def mutated(self: LaneStep, hand: Hand, *arguments: Any, **named: Any) -> None:
        claim(self, hand, *arguments, **named)
        if hand.stored is not None and not hand.stored.lane.lease.holder:
            hand.works, hand.look_at = False, NEVER

    return patch.object(LaneStep, "_claim", mutated)


def the_loop_sleeps_for_one_lane() -> AbstractContextManager[Any]:
    """The loop waits for the lane that is ready last, whichever is ready before."""

    def mutated(self: Loop, _: object) -> None:
        dues = [hand.due_at() - self.clock.monotonic() for hand in self.hands.values()]
        if dues:
            self.clock.sleep(min(SLEEP_SECONDS, max(0.05, *dues)))

    return patch.object(Loop, "_rest", mutated)


PUMP_MUTATIONS = {
    "the loop sleeps for one lane": the_loop_sleeps_for_one_lane,
}
