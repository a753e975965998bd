"""Matching: which flow session is a run's, where no callback URL tells.

The one mistake that must not be made is to say "none" of a session that is the run's: its robot
would work twice. So a session is excluded only by what contradicts it for certain, and where more
than one run or session remains, nobody guesses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from shared.domain.run import Run
from shared.domain.session import FlowSession

CREATED_EARLY = 60_000
"""How much before a claim, in ms, its session may seem to be made: Dataverse has its own clock."""

RUN_DESKTOP_FLOW = 3
"""The column `triggertype` of sessions that RunDesktopFlow made (the Dataverse contract, 6)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A session that no run is known to own, and its inputs; None where they cannot be read."""

    session: FlowSession
    inputs: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Claimant:
    """A run that awaits an answer, and its inputs."""

    run: Run
    inputs: Mapping[str, Any] | None


class Unmatched(Enum):
    """Why there is no session to adopt."""

    NONE = "none"
    AMBIGUOUS = "ambiguous"


def match(
    claimant: Claimant, rivals: Sequence[Claimant], candidates: Sequence[Candidate]
) -> FlowSession | Unmatched:
    """Give the one session that can only be this run's.

    `rivals`: the other runs of the same desktop flow that await an answer.
    """
    possible = [each for each in candidates if _may_be(claimant, each)]
    if not possible:
        return Unmatched.NONE
    if len(possible) > 1 or any(_may_be(rival, possible[0]) for rival in rivals):
        return Unmatched.AMBIGUOUS
    return possible[0].session


def earliest_creation(run: Run) -> int:
    """Give the time (ms) before which the session of a run's submission cannot have been made."""
    return (run.claimed_at or run.created_at) - CREATED_EARLY


def _may_be(claimant: Claimant, candidate: Candidate) -> bool:
    session, run = candidate.session, claimant.run
    if session.id in run.past_sessions:
        return False
    if session.created_at is not None and session.created_at < earliest_creation(run):
        return False
    if session.trigger_type not in (None, RUN_DESKTOP_FLOW):
        return False
    return not contradicts(claimant.inputs, candidate.inputs)


def contradicts(asked: Mapping[str, Any] | None, found: Mapping[str, Any] | None) -> bool:
    """Say whether inputs cannot be those that were asked for.

    A name that one of them lacks tells nothing, nor does null or {}, which secured values read as.
    """
    if asked is None or found is None:
        return False
    shared = (name for name in asked if name in found)
    return any(_differ(asked[name], found[name]) for name in shared)


def _differ(asked: Any, found: Any) -> bool:
    if not _tells(asked) or not _tells(found):
        return False
    if isinstance(asked, (dict, list)) or isinstance(found, (dict, list)):
        return type(asked) is type(found) and bool(asked != found)
    return _plain(asked) != _plain(found)


def _tells(value: Any) -> bool:
    """Say whether a value was shown at all."""
    return value is not None and value not in ({}, "")


def _plain(value: Any) -> str | float:
    """Write numbers and truth values alike, whether they are texts or not."""
    text = str(value).strip().casefold()
    try:
        return float(text)
    except ValueError:
        return text
