"""Who waits for a look at a session: the hints that callbacks give, and what came of each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from shared.dataverse.errors import OutcomeUnknownError, RefusedError
from shared.domain.session import FlowSession
from shared.invocation import Carrier
from shared.services.following.tasks import Bell

Outcome = TypeVar("Outcome")

Sessions = Mapping[str, FlowSession | None]
"""What Dataverse shows, by session id; None: it has none of this id."""

Then = Callable[[FlowSession | None], Outcome]
"""What is done about a session once it is seen, or once it is known that there is none."""


@dataclass(frozen=True, slots=True)
class Hint:
    """What a callback says: look at this session, for this run."""

    run_id: str
    session_id: str


class LateError(OutcomeUnknownError):
    """A query has not been answered in time; it may be yet."""


@dataclass(eq=False, slots=True)
class Seat(Generic[Outcome]):
    """One hint, which several callbacks may have given: all get the outcome of one recording.

    `callers`: how many still wait. `carrier`: the invocation of who came last.
    """

    hint: Hint
    then: Then[Outcome]
    bell: Bell
    carrier: Carrier = field(default_factory=Carrier)
    callers: int = 0
    seen: bool = False
    came: list[Outcome | Exception] = field(default_factory=list)

    @property
    def wanted(self) -> bool:
        return self.callers > 0 and not self.seen

    def take(self, outcome: Outcome | Exception) -> None:
        self.seen = True
        self.came.append(outcome)
        self.bell.ring()

    def outcome(self) -> Outcome:
        came = self.came[0]
        if isinstance(came, Exception):
            raise came
        return came


def tell(part: Sequence[Seat[Outcome]], error: Exception) -> None:
    """Tell those who wait that their sessions were not seen."""
    for seat in part:
        if not seat.seen:
            seat.take(error)


def halves(group: list[Seat[Outcome]]) -> list[list[Seat[Outcome]]]:
    middle = len(group) // 2
    return [group[:middle], group[middle:]]


def concerns_all(error: Exception) -> bool:
    """Say whether an error is no one session's fault: never sent, 429, no right, a defect."""
    if isinstance(error, RefusedError):
        return error.answer.forbidden
    return not isinstance(error, OutcomeUnknownError)
