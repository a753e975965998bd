"""Which runs a caller wants to see."""

from dataclasses import dataclass

from shared.domain.identifiers import first_tail_of
from shared.domain.run.states import Run
from shared.domain.run.status import RunStatus


@dataclass(frozen=True, slots=True)
class RunFilter:
    """What has to be true of a run, all of it; None, or no status, is true of every run.

    `created_after`, `created_before`: ms since the epoch, neither of them included.
    """

    statuses: frozenset[RunStatus] = frozenset()
    workflow_id: str | None = None
    correlation_id: str | None = None
    created_after: int | None = None
    created_before: int | None = None
    needs_operator: bool | None = None

    def matches(self, run: Run) -> bool:
        """Say whether a caller wants to see this run."""
        return (
            self.covers(run.created_at)
            and (not self.statuses or run.status in self.statuses)
            and self.workflow_id in (None, run.request.workflow_id)
            and self.correlation_id in (None, run.request.correlation_id)
            and self.needs_operator in (None, run.needs_operator_at is not None)
        )

    @property
    def by_time_alone(self) -> "RunFilter":
        """Give what can be looked up, since the runs of a lane stand in the order of their time."""
        return RunFilter(created_after=self.created_after, created_before=self.created_before)

    @property
    def has_to_search(self) -> bool:
        """Say whether runs have to be read to tell which of them match."""
        return self != self.by_time_alone

    def covers(self, created_at: int) -> bool:
        """Say whether a run may match that was made at this time."""
        return (self.created_after is None or created_at > self.created_after) and (
            self.created_before is None or created_at < self.created_before
        )

    @property
    def tails(self) -> tuple[str, str | None]:
        """Give what stands before and behind the tails of all runs of the time, newest first."""
        first = "" if self.created_before is None else _tail(self.created_before - 1)
        return first, None if self.created_after is None else _tail(self.created_after)


def _tail(instant: int) -> str:
    return first_tail_of(max(instant, 0))
