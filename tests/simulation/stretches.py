"""Whether each run's history is what happened: its states, in their order, without a gap."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from shared.domain.run import Run, RunStatus
from shared.domain.run.history import FIRST, LIMIT
from shared.storage import run_rows
from shared.storage.table import Entity


@dataclass(slots=True)
class Stretches:
    """Looks at each state that a run's row is written with."""

    breach: Callable[[str], None]
    _seen: dict[str, list[RunStatus]] = field(default_factory=lambda: defaultdict(list))

    def watch(self, lane: str, changes: Mapping[str, Entity | None]) -> None:
        for row, entity in changes.items():
            if entity is None or not row.startswith("run:"):
                continue
            seen = self._seen[f"{lane}-{row}"]
            status = RunStatus(str(entity.properties["Status"]))
            if not seen or seen[-1] is not status:
                seen.append(status)
                self._check(run_rows.to_run(lane, entity), seen)

    def _check(self, run: Run, seen: list[RunStatus]) -> None:
        history = run.history
        went = seen if len(seen) <= LIMIT else [*seen[:FIRST], *seen[FIRST - LIMIT :]]
        told = [each.status for each in history]
        gaps = sum(one.until != next_.since for one, next_ in pairwise(history))
        if told != went or gaps > (len(seen) > LIMIT):
            self.breach(f"history: {run.id[-8:]} tells {', '.join(told)}")
        elif history[0].since != run.created_at or history[-1].until is not None:
            self.breach(f"history: {run.id[-8:]} does not begin and go on as the run does")
        elif any((each.until or each.since) < each.since for each in history):
            self.breach(f"history: {run.id[-8:]} goes back in time")
