"""What an operator has to decide of a run, and what was decided."""

from dataclasses import dataclass

CANDIDATES_LIMIT = 20
"""How many candidates are told of a run: more than that nobody compares by hand."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A flow session that may be the run's; `created_at` in ms since the epoch.

    `speaks_for` and `speaks_against`: what was found, each in a few words.
    """

    session_id: str
    created_at: int | None = None
    statuscode: int | None = None
    speaks_for: tuple[str, ...] = ()
    speaks_against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what about a run, when (ms since the epoch) and why.

    `action`: adopt, resubmit or fail. `forced`: against what Dataverse told at that time.
    """

    action: str
    at: int
    by: str | None = None
    reason: str | None = None
    session_id: str | None = None
    forced: bool = False
