"""Submissions of one connection, as the processes see them that send them."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class ConnectionCalls:
    """`spent`: how many answers said that a slot is used; what was never answered says nothing."""

    spent: int = 0
    _begun: dict[int, int] = field(default_factory=dict)
    _number: int = 0

    def begin(self, now: int) -> int:
        """Note that a submission leaves (ms); give its number."""
        self._number += 1
        self._begun[self._number] = now
        return self._number

    def end(self, number: int) -> None:
        """Note that nobody waits for its answer any more, be it there or not."""
        del self._begun[number]

    @property
    def under_way(self) -> int:
        """Count the submissions that somebody waits for."""
        return len(self._begun)

    def hang(self, since: int) -> bool:
        """Say whether one is under way that left before a time (ms)."""
        return any(begun < since for begun in self._begun.values())
