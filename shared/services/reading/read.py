"""Reading one run as it is now."""

from dataclasses import dataclass

from shared.domain.identifiers import is_run_id
from shared.domain.run import Run
from shared.storage.runs import RunTable


@dataclass(frozen=True, slots=True)
class Read:
    """Reads one run."""

    runs: RunTable

    def __call__(self, wanted: str) -> Run | None:
        """Give a run; None if there is none of this id."""
        if not is_run_id(wanted):
            return None
        stored = self.runs.read(wanted)
        return None if stored is None else stored.run
