"""The runs that wait for somebody, as the lists of lanes show them."""

from dataclasses import dataclass

from shared.domain.queries import TOP_LIMIT
from shared.domain.run.filter import RunFilter
from shared.services.reading.attention import SomeRuns
from shared.services.reading.listing import ListRequest, ListRuns


@dataclass(frozen=True, slots=True)
class RunsOfLanes:
    """Each call asks every lane."""

    list_runs: ListRuns

    def needing(self, limit: int) -> SomeRuns:
        """Give those about which an operator has to decide."""
        where = RunFilter(needs_operator=True)
        found = self.list_runs(ListRequest(where=where, top=limit))
        return SomeRuns(found.runs, more=found.last is not None)

    def given_up(self, limit: int) -> SomeRuns:
        """Give those of the newest runs whose receiver was given up."""
        page = self.list_runs(ListRequest(top=TOP_LIMIT))
        found = [
            run
            for run in page.runs
            if run.notification is not None and run.notification.given_up_at is not None
        ]
        return SomeRuns(tuple(found[:limit]), more=len(found) > limit or page.last is not None)
