"""When the runs of one connection arrive at Dataverse, and how that compares with its limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.harness.figures import Series, Target
from local.emulator.records import Submission
from tests.support.broker import most_in_any_window


@dataclass(frozen=True, slots=True)
class Task:
    """So many runs, at most `limit` of them in any window (s)."""

    runs: int
    limit: int
    window: float

    @property
    def optimum(self) -> float:
        """The earliest time of the last submission, in seconds after the first."""
        return self.optimum_of(self.runs)

    def optimum_of(self, runs: int) -> float:
        """The same for the first so many of them."""
        return (runs - 1) // self.limit * self.window

    def target(self, share: float) -> Target:
        """Give the target that loses as much of each window as `share` does of one of 60 s."""
        lost = 60 / share - 60
        return Target(round(self.window / (self.window + lost), 4), at_most=False)


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What Dataverse saw of a client: when it accepted runs (s after the first), and refusals."""

    name: str
    task: Task
    accepted: tuple[float, ...]
    refused: int
    most: int

    @classmethod
    def of(cls, name: str, task: Task, seen: Sequence[Submission]) -> Arrivals:
        """Read them from the emulator's own record, in which refused ones count as arrivals."""
        accepted = sorted(each.arrived_ms for each in seen if each.outcome == "accepted")
        arrived = [each.arrived_ms for each in seen]
        return cls(
            name,
            task,
            tuple((at - accepted[0]) / 1000 for at in accepted),
            len(seen) - len(accepted),
            most_in_any_window(arrived, round(task.window * 1000)),
        )

    @property
    def last(self) -> float:
        return self.accepted[-1]

    @property
    def pace(self) -> float:
        """The optimum over what was measured: 1 is the limit itself."""
        return self.pace_of(len(self.accepted))

    def pace_of(self, runs: int) -> float:
        """The same for the first so many runs."""
        return self.task.optimum_of(runs) / self.accepted[runs - 1]

    @property
    def lost(self) -> float:
        """How much later than a window after its last use a slot is used again, in s (mean)."""
        pairs = zip(self.accepted, self.accepted[self.task.limit :], strict=False)
        late = [after - before - self.task.window for before, after in pairs]
        return sum(late) / len(late)

    def series(self, every: int = 4) -> Series:
        """Give how many had arrived by when, one point for `every` few."""
        points = [(at, float(number)) for number, at in enumerate(self.accepted, start=1)]
        return Series(self.name, (*points[:-1:every], points[-1]))
