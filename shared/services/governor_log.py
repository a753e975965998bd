"""What the governor tells the log, and how often: cuts and stops may come many times a second."""

import logging
import math
from dataclasses import dataclass

from shared.domain.governor import Admission
from shared.telemetry import event

TOLD_EVERY_SECONDS = 60.0


@dataclass(slots=True)
class Rarely:
    """Says when something that happens often is to be told, and how often it has happened."""

    count: int = 0
    told_at: float = -math.inf

    def due(self, now: float) -> int:
        """Count once more; give the count if it is to be told now, else 0."""
        self.count += 1
        if now - self.told_at < TOLD_EVERY_SECONDS:
            return 0
        count, self.count, self.told_at = self.count, 0, now
        return count


def tell_cut(after: Admission, cuts: int, under_way: int, error: BaseException | None) -> None:
    event(
        "user.width_cut",
        level=logging.WARNING,
        cuts=cuts,
        width=round(after.width.calls, 1),
        under_way=under_way,
        reason=str(error),
    )


def tell_stop(after: Admission, stops: int, now: float) -> None:
    event(
        "user.nearly_spent",
        level=logging.WARNING,
        stops=stops,
        requests_to_spare=round(after.requests.spare(now)),
        seconds_to_spare=round(after.execution.spare(now), 1),
    )
