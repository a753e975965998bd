"""Token buckets: so many at once, and so many a second after that."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst`: how many may come at once; `rate`: how many a second in the long run."""

    burst: int
    rate: float

    def full(self, now: float) -> "Bucket":
        """Give the bucket of somebody who was not heard of before; `now` in seconds."""
        return Bucket(float(self.burst), now)

    def take(self, bucket: "Bucket", now: float) -> tuple["Bucket", float]:
        """Take one; give the bucket after it, and the seconds to wait: 0 if one was there."""
        tokens = min(float(self.burst), bucket.tokens + max(0.0, now - bucket.at) * self.rate)
        if tokens >= 1:
            return Bucket(tokens - 1, now), 0.0
        return Bucket(tokens, now), (1 - tokens) / self.rate


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left, as of `at` (seconds)."""

    tokens: float
    at: float
