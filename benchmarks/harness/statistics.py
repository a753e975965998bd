"""The statistics of a few noisy samples: medians, quantiles, ratios of pairs, and slopes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median


def quantile(samples: Sequence[float], share: float) -> float:
    """Give the sample that `share` of them do not exceed (nearest rank); ValueError if none."""
    if not samples:
        raise ValueError("there are no samples")
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is no share of the samples")
    return sorted(samples)[max(0, ceil(share * len(samples)) - 1)]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Samples of a floor and of a subject, taken in turn: those at one index belong together."""

    floor: tuple[float, ...]
    subject: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse what is no pairs; ValueError."""
        if not self.floor or len(self.floor) != len(self.subject):
            raise ValueError("each sample of the floor needs one of the subject")

    @property
    def ratio(self) -> float:
        """The subject's median over the floor's: one sample that was disturbed moves neither."""
        return median(self.subject) / median(self.floor)

    @property
    def spread(self) -> tuple[float, float]:
        """The quartiles of the ratios of the pairs: how sure `ratio` is."""
        ratios = [high / low for low, high in zip(self.floor, self.subject, strict=True)]
        return quantile(ratios, 0.25), quantile(ratios, 0.75)


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Give by how much y grows with each x, as the median over all pairs of points (Theil-Sen).

    One point that jumps moves it little. ValueError if no two points differ in x.
    """
    rises = [
        (y2 - y1) / (x2 - x1)
        for index, (x1, y1) in enumerate(points)
        for x2, y2 in points[index + 1 :]
        if x1 != x2
    ]
    if not rises:
        raise ValueError("a slope takes two points")
    return median(rises)
