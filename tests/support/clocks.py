"""A clock that a test moves."""

import secrets
from dataclasses import dataclass

from tests.support.runs import NOW


@dataclass
class HandClock:
    """Time (`at`, ms since the epoch) and what never goes back (`seconds`), each moved by hand."""

    at: int = NOW
    seconds: float = 1_000.0

    def now(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.at += round(seconds * 1000)
        self.seconds += seconds

    def random_bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)
