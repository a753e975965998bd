"""The app, broken on purpose: what Dataverse says of its user is not heeded."""

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from shared.services.hold import EnvironmentHold
from shared.services.submitting.landing import Slot
from shared.services.submitting.submit import Submit


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
