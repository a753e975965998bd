"""The submission window: which of a connection's slots are taken, and until when.

Why it is exact: a submission reaches Dataverse between its sending and its answer. A claimed slot
is held until (claim + submission deadline + window), so a submission whose answer never comes is
covered; an answered one is held until (answer + window). Both holds end a margin later, which
covers the difference between the clocks of two instances. So the submission that takes a slot next
arrives at least one window after the one that had it before.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """What a connection allows, and how sure the app wants to be. Times in ms."""

    limit: int
    window: int
    deadline: int
    margin: int

    @property
    def claimed_hold(self) -> int:
        return self.deadline + self.window + self.margin

    @property
    def answered_hold(self) -> int:
        return self.window + self.margin


@dataclass(frozen=True, slots=True)
class ClaimedSlots:
    """Slots of one claim whose submissions have not been settled."""

    claim: str
    count: int
    until: int


@dataclass(frozen=True, slots=True)
class SubmissionWindow:
    """The taken slots of a lane: answered ones, each with its end, and claimed ones, by claim."""

    answered: tuple[int, ...] = ()
    claimed: tuple[ClaimedSlots, ...] = ()

    def free(self, now: int, pace: Pace) -> int:
        """Count the slots that may be claimed now."""
        return max(0, pace.limit - len(self._ends(now)))

    def next_free_at(self, now: int, pace: Pace) -> int:
        """Tell when a slot can be claimed: `now`, or the end of the hold that has to pass."""
        ends = self._ends(now)
        return now if len(ends) < pace.limit else ends[len(ends) - pace.limit]

    def expected_at(self, place: int, now: int, pace: Pace) -> int:
        """Tell when the run with so many before it should get its slot, from `now` on.

        Calls in flight are taken to be answered soon, as nearly all are.
        """
        soonest = now + pace.answered_hold
        ends = [min(end, soonest) for end in self._ends(now)][-pace.limit :]
        slots = [now] * (pace.limit - len(ends)) + ends
        rounds, slot = divmod(place, pace.limit)
        return slots[slot] + rounds * pace.answered_hold

    def last_free_by(self, now: int, horizon: int, pace: Pace) -> int:
        """Tell when the last slot that frees up to `horizon` does; `now` where none frees."""
        ends = self._ends(now)
        over = max(0, len(ends) - pace.limit)
        return max((end for end in ends[over:] if end <= horizon), default=now)

    def in_flight(self, now: int, pace: Pace) -> int:
        """Count the slots of submissions that may be under way."""
        return sum(slots.count for slots in self.claimed if slots.until - pace.answered_hold > now)

    def freeing(self, now: int, pace: Pace) -> list[int]:
        """List when each slot frees that is held though nothing is under way, earliest first."""
        ends = [end for end in self.answered if end > now]
        for slots in self.claimed:
            if slots.until - pace.answered_hold <= now < slots.until:
                ends.extend([slots.until] * slots.count)
        return sorted(ends)

    def taken_since(self, since: int, pace: Pace) -> int:
        """Count the slots that were used after a time, as far as they are still known."""
        claimed = (slots.count for slots in self.claimed if slots.until - pace.claimed_hold > since)
        return sum(end - pace.answered_hold > since for end in self.answered) + sum(claimed)

    @property
    def held_until(self) -> int:
        """Tell when the last hold ends, or has ended; 0 where none is known."""
        return max((*self.answered, *(slots.until for slots in self.claimed)), default=0)

    def take(self, claim: str, count: int, now: int, pace: Pace) -> "SubmissionWindow":
        """Take slots for a claim; raises ValueError if fewer are free."""
        if not 0 < count <= self.free(now, pace):
            raise ValueError(f"cannot take {count} of {self.free(now, pace)} free slots")
        pruned = self._pruned(now)
        slots = ClaimedSlots(claim, count, now + pace.claimed_hold)
        return SubmissionWindow(pruned.answered, (*pruned.claimed, slots))

    def settle(
        self, claim: str, held: int, answered_at: Sequence[int], unsent: int, pace: Pace
    ) -> "SubmissionWindow":
        """Exchange a claim's long holds for what came of them.

        `held`: how many slots the claim holds before, as its owner knows it. `answered_at`: when
        each answer came. `unsent`: submissions known never to have left. What remains of the claim
        keeps the long hold: its outcome is unknown. If the claim does not hold `held` slots, this
        was settled before, or its holds are over: nothing changes.
        """
        slots = next((slots for slots in self.claimed if slots.claim == claim), None)
        remaining = held - len(answered_at) - unsent
        if remaining < 0:
            raise ValueError(f"more outcomes than the {held} slots of claim {claim}")
        if slots is None or slots.count != held or remaining == held:
            return self
        rest = tuple(other for other in self.claimed if other is not slots)
        if remaining:
            rest = (*rest, ClaimedSlots(claim, remaining, slots.until))
        ends = (*self.answered, *(at + pace.answered_hold for at in answered_at))
        return SubmissionWindow(tuple(sorted(ends)), rest)

    def _pruned(self, now: int) -> "SubmissionWindow":
        return SubmissionWindow(
            tuple(end for end in self.answered if end > now),
            tuple(slots for slots in self.claimed if slots.until > now),
        )

    def _ends(self, now: int) -> list[int]:
        """List the ends of all holds that are not over, earliest first."""
        ends = [end for end in self.answered if end > now]
        for slots in self.claimed:
            if slots.until > now:
                ends.extend([slots.until] * slots.count)
        return sorted(ends)
