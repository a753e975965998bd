"""Mutations of the user's limits: whom a refusal concerns, and what it costs."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from shared.dataverse.errors import ThrottledError
from shared.domain.governor import Admission
from shared.services.hold import EnvironmentHold


def refusals_of_the_user_spend_slots() -> AbstractContextManager[Any]:
    """A 429 of service protection is taken to have used the connection's slot."""
    return patch.object(ThrottledError, "not_counted", property(lambda _: False))


def hold_ignored_by_submissions() -> AbstractContextManager[Any]:
    """What Dataverse asks all lanes for keeps looks back, and submissions not."""
    return patch.object(EnvironmentHold, "keeps", lambda _: None)


def stops_end_by_answers_alone() -> AbstractContextManager[Any]:
    """Where a tenth is left submissions wait for an answer, though nobody asks for anything."""
    room = Admission.room

    def mutated(self: Admission, now: float, submissions: int, others: int) -> int:
        return 0 if self.stop is not None else room(self, now, submissions, others)

    return patch.object(Admission, "room", mutated)


GOVERNOR_MUTATIONS = {
    "429 of the user spends the slot": refusals_of_the_user_spend_slots,
    "hold ignored by submissions": hold_ignored_by_submissions,
    "stops end by answers alone": stops_end_by_answers_alone,
}
