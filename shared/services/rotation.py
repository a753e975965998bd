"""Rotation: a round begins with any of its items, so that none comes first for ever."""

from collections.abc import Sequence
from typing import TypeVar

from shared.services.ports import Clock

Item = TypeVar("Item")


def any_of(count: int, clock: Clock) -> int:
    """Choose a number below `count` by chance, 0 if there is none."""
    return int.from_bytes(clock.random_bytes(4)) % max(1, count)


def rotated(items: Sequence[Item], clock: Clock) -> list[Item]:
    """Give the items in their order, beginning with any of them."""
    first = any_of(len(items), clock)
    return [*items[first:], *items[:first]]
