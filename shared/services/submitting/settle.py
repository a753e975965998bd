"""Settling: what came of a lane's submissions, written to its window in one step."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from shared.domain.lane import Lane
from shared.domain.window import Pace
from shared.services.submitting.landing import Landing, Slot


@dataclass(frozen=True, slots=True)
class Settlement:
    """What came of some submissions of one claim that holds `held` slots."""

    claim: str
    held: int
    answered_at: list[int]
    unsent: int

    @property
    def released(self) -> int:
        return len(self.answered_at) + self.unsent


def settlements(held: dict[str, int], landings: Iterable[Landing]) -> list[Settlement]:
    """Put the landings of each claim together; `held`: how many slots each holds by now."""
    by_claim: dict[str, list[Landing]] = defaultdict(list)
    for landing in landings:
        by_claim[landing.claim].append(landing)
    return [
        Settlement(
            claim,
            held[claim],
            [landing.at for landing in of_claim if landing.slot is Slot.ANSWERED],
            sum(landing.slot is Slot.UNSENT for landing in of_claim),
        )
        for claim, of_claim in by_claim.items()
    ]


def settled(
    lane: Lane, claims: Iterable[Settlement], landings: Sequence[Landing], now: int, pace: Pace
) -> Lane:
    """Exchange long holds for what came of them; what was settled before changes nothing."""
    window, minutes = lane.window, lane.minutes
    for claim in claims:
        lane, before = lane.found_out(claim.claim), window
        window = window.settle(claim.claim, claim.held, claim.answered_at, claim.unsent, pace)
        if claim.unsent and window != before:
            minutes = minutes.add(-claim.unsent, now)
    if window == lane.window:
        return lane
    lane = replace(lane, window=window, minutes=minutes)
    for landing in landings:
        if landing.setback is not None:
            lane = lane.set_back(landing.setback, now)
        if landing.hold is not None:
            lane = lane.wait(landing.hold)
    if any(landing.asks_to_wait for landing in landings):
        return lane
    reached = any(landing.slot is Slot.ANSWERED for landing in landings)
    return lane.go_on(now) if reached else lane
