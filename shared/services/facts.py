"""Facts about the environment that processes find out, each looked up once where it is known."""

import hashlib
from dataclasses import dataclass, field

from shared.storage.environment import EnvironmentTable


@dataclass(frozen=True, slots=True)
class Facts:
    """What this process has read or written of the environment's facts; none is ever taken back.

    Every method that looks into storage raises StorageUnavailableError.
    """

    environment: EnvironmentTable
    _known: set[str] = field(default_factory=set)

    def known(self, fact: str) -> bool:
        """Say whether this process knows a fact already; it looks nowhere."""
        return fact in self._known

    def knows(self, fact: str) -> bool:
        """Say whether a fact is known to any process."""
        if fact not in self._known and self.environment.knows(fact):
            self._known.add(fact)
        return fact in self._known

    def remember(self, fact: str, seen_on: str) -> None:
        """Tell all processes of a fact, unless this one knows it; `seen_on`: what showed it."""
        if fact not in self._known:
            self.environment.learn(fact, seen_on)
            self._known.add(fact)


def digest(text: str) -> str:
    """Write what a fact is about as a row key may hold it."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
