"""The app, broken on purpose: what Dataverse says of its user is not heeded, nor a wake-up."""

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from shared.services.hold import EnvironmentHold
from shared.services.submitting.landing import Slot
from shared.services.submitting.submit import Submit
from shared.services.submitting.turns import Turns


def refusals_spend_slots() -> AbstractContextManager[Any]:
    """A submission that was refused for the user's sake holds its slot for a window."""
    throttled = Submit._throttled

    def mutated(self: Submit, *arguments: Any) -> Any:
        verdict = throttled(self, *arguments)
        return replace(verdict, landing=replace(verdict.landing, slot=Slot.ANSWERED))

    return patch.object(Submit, "_throttled", mutated)


def hold_ignored_by_submissions() -> AbstractContextManager[Any]:
    """Lanes submit though all of them were told to wait, but for the one that was told."""
    return patch.object(EnvironmentHold, "keeps", lambda _: None)


def woken_lanes_forgotten() -> AbstractContextManager[Any]:
    """Who works a lane does not look again, though it was woken while he was about to end."""

    def mutated(self: Turns, lane_id: str) -> bool:
        self.give_up(lane_id)
        return False

    return patch.object(Turns, "look_again", mutated)
