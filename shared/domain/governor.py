"""The governor's rule: how many submissions of this process may begin now.

The width is found out as TCP finds its window: slow start, then additive increase and
multiplicative decrease. Beside it stand two budgets of the user, of which submissions leave a
tenth to others. Times are seconds that never go back.
"""

import math
from dataclasses import dataclass, replace
from enum import Enum, auto

from shared.domain.budget import Budget
from shared.domain.protection import Protection

FIRST_WIDTH = 12
"""Four processes that begin at once stay below the 52 calls that one user may have under way."""

AT_FIRST, LATER = 0.5, 0.75
"""What a cut leaves: slow start may have doubled the width within the round trip before."""

RESERVE = 13
"""One call in so many is kept for callbacks and looks: 4 of 52, as SUBMISSION_CONCURRENCY does."""

AGAIN = 1 / 300
LONGEST_AGAIN = 1 / 30
"""After which share of the window one submission finds out whether a stop is over, at first and
at most: a second and ten, by default."""

WORTH_CLAIMING = 8
"""Claims of fewer runs would cost more of storage than they gain."""

SHORTEST_HOLD, LONGEST_HOLD = 1.0, 5.0
"""How long (s) submissions wait after too many calls at once, at least and at most."""

TYPICAL = 0.2
"""How long (s) a submission is taken to last before one did."""

_SMOOTHING = 1 / 8


class Verdict(Enum):
    """What a call tells of its user's limits."""

    ANSWERED = auto()
    CROWDED = auto()
    """Refused for too many calls at once."""
    REFUSED = auto()
    """Refused for too many requests, or too much execution time."""
    UNSENT = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that is over. `under_way`: how many were beside it, with it, when it ended.

    `filled`: whether its answer is to widen: the width was in use when it began, and it has not
    widened since by being let in. `asked`: Retry-After (s). `requests` and
    `execution`: what Dataverse said that is left to the user, if it said so.
    """

    begun_at: float
    ended_at: float
    verdict: Verdict
    under_way: int
    submission: bool = True
    filled: bool = True
    asked: float | None = None
    requests: float | None = None
    execution: float | None = None


@dataclass(frozen=True, slots=True)
class Width:
    """How many calls may be under way: at least one, since with none nobody could find out more.

    And at most what the user may have under way in all: this process may be the only one.
    `learning`: no refusal yet. `cut_at`: when it was cut last.
    """

    most: int
    calls: float = FIRST_WIDTH
    learning: bool = True
    cut_at: float = -math.inf

    def answered(self) -> "Width":
        """Take one call more; one a round trip, once a refusal has told where the limit is."""
        more = 1 if self.learning else 1 / self.calls
        return replace(self, calls=min(float(self.most), self.calls + more))

    def refused(self, begun_at: float, now: float, under_way: int) -> "Width":
        """Cut what was under way, once a round trip: calls begun before knew nothing of it."""
        if begun_at <= self.cut_at:
            return self
        share = AT_FIRST if self.learning else LATER
        calls = max(1.0, min(self.calls, under_way) * share)
        return replace(self, calls=calls, learning=False, cut_at=now)


@dataclass(frozen=True, slots=True)
class Stop:
    """Submissions stand still since a tenth is left; at `until` one of them may find out more."""

    until: float
    times: int = 1


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may begin. `held_until`: submissions wait for Dataverse to have its breath again.

    `typical`: how long (s) a submission lasts. `crowded`: how often in a row there was no room.
    """

    protection: Protection
    width: Width
    requests: Budget
    execution: Budget
    stop: Stop | None = None
    held_until: float = -math.inf
    typical: float = TYPICAL
    crowded: int = 0

    @classmethod
    def under(cls, protection: Protection) -> "Admission":
        """Begin under the limits of a user."""
        return cls(
            protection,
            Width(protection.at_once, min(FIRST_WIDTH, protection.at_once)),
            Budget(protection.requests, protection.window),
            Budget(protection.execution, protection.window),
        )

    def room(self, now: float, submissions: int, others: int) -> int:
        """Count the submissions that may begin now, beside those under way and other calls."""
        if now < self.held_until:
            return 0
        room = self._by_width(submissions, others)
        if self.stop is not None:
            return min(1, room) if now >= self.stop.until else 0
        under_way = submissions + others
        by_requests = math.floor(self.requests.spare(now)) - under_way
        by_time = math.floor(self.execution.spare(now) / self.cost) - under_way
        return max(0, min(room, by_requests, by_time))

    @property
    def worth_claiming(self) -> int:
        """Tell how much room is worth a claim, while calls are under way whose answers make more.

        During a stop it is the one submission that finds out, which waits for nobody.
        """
        return 1 if self.stop is not None else min(WORTH_CLAIMING, int(self.width.calls) // 2)

    def found_out(self, now: float) -> "Admission":
        """Let one submission go during a stop, and the next no sooner than its answer may tell."""
        if self.stop is None:
            return self
        return replace(self, stop=replace(self.stop, until=now + self.again(self.stop.times)))

    def waits_until(self, now: float) -> float | None:
        """Tell until when no submission begins; None: whenever an answer makes room."""
        if now < self.held_until:
            return self.held_until
        if self.stop is not None:
            return self.stop.until if now < self.stop.until else None
        empty = [
            budget.frees_at(now)
            for budget, cost in ((self.requests, 1.0), (self.execution, self.cost))
            if budget.spare(now) < cost
        ]
        return max(empty, default=None)

    def let_in(self) -> "Admission":
        """Learn from a call that was not refused, though it is not over."""
        return replace(self, width=self.width.answered())

    def ended(self, call: Ended) -> "Admission":
        """Learn from a call that is over."""
        after = self._counting(call)
        match call.verdict:
            case Verdict.ANSWERED:
                width = after.width.answered() if call.filled else after.width
                after = replace(after, width=width, crowded=0)
            case Verdict.CROWDED | Verdict.REFUSED:
                after = _cut(after, call)
            case _:
                pass
        return replace(after, stop=_stop_after(after, call.ended_at))

    def _by_width(self, submissions: int, others: int) -> int:
        """Others never wait, and have a reserve; one submission may always find out."""
        width = math.floor(self.width.calls)
        room = width - submissions - max(others, width // RESERVE)
        return max(room, 0 if submissions else 1)

    @property
    def cost(self) -> float:
        """What one submission is taken to cost of the execution time, in seconds."""
        return min(self.typical, self.execution.limit / 2)

    def _counting(self, call: Ended) -> "Admission":
        """Count what it cost, and what Dataverse said is left; what is refused costs nothing.

        One that nobody answered is taken to cost no more than others: who waited for it was not
        Dataverse at work, and if it was, the next answer tells.
        """
        now, took = call.ended_at, call.ended_at - call.begun_at
        requests, execution, typical = self.requests, self.execution, self.typical
        if call.verdict in (Verdict.ANSWERED, Verdict.UNKNOWN):
            cost = took if call.verdict is Verdict.ANSWERED else min(took, self.typical)
            requests, execution = requests.spend(1, now), execution.spend(cost, now)
        if call.submission and call.verdict is Verdict.ANSWERED:
            typical += (took - typical) * _SMOOTHING
        if call.requests is not None:
            requests = requests.hear(call.requests, now)
        if call.execution is not None:
            execution = execution.hear(call.execution, now)
        return replace(self, requests=requests, execution=execution, typical=typical)

    def again(self, times: int) -> float:
        """Tell how long (s) a stop lasts after so many in a row, before one finds out more."""
        return self.protection.window * min(AGAIN * (1 << min(times, 10)), LONGEST_AGAIN)


def _cut(admission: Admission, call: Ended) -> Admission:
    width = admission.width.refused(call.begun_at, call.ended_at, call.under_way)
    if call.verdict is Verdict.REFUSED or width == admission.width:
        return replace(admission, width=width)
    asked = SHORTEST_HOLD * (1 << min(admission.crowded, 3)) if call.asked is None else call.asked
    hold = min(max(asked, SHORTEST_HOLD), LONGEST_HOLD)
    held_until = max(admission.held_until, call.ended_at + hold)
    return replace(admission, width=width, crowded=admission.crowded + 1, held_until=held_until)


def _stop_after(admission: Admission, now: float) -> Stop | None:
    """Stop where Dataverse says that a tenth is left, and go on where it says more."""
    told = ((admission.requests, 1.0), (admission.execution, admission.cost))
    if not any(each.is_told(now) and each.spare(now) < cost for each, cost in told):
        return None
    stop = admission.stop
    if stop is None:
        return Stop(now + admission.again(0))
    if now < stop.until:
        return stop
    return Stop(now + admission.again(stop.times), stop.times + 1)
