"""Weighing: what speaks for and against a flow session's being a run's, where nothing marks it.

Two mistakes must not be made: to adopt a stranger's session, and to say "none" of one that is the
run's, whose robot would work twice. So a session is adopted only if everything speaks for it, and
none is absent while there is any that nobody owns; what lies between is an operator's to decide.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.callback_url import run_named_by
from shared.domain.instants import DAY_MS
from shared.domain.run import Run
from shared.domain.run.decision import Candidate
from shared.domain.session import FlowSession

CLOCKS_MS = 60_000
"""How far apart the clocks of the app's hosts and of Dataverse's servers may be, beyond what the
answers of Dataverse say of its own."""

RUN_DESKTOP_FLOW = 3
"""The column `triggertype` of sessions that RunDesktopFlow made (the Dataverse contract, 6)."""


@dataclass(frozen=True, slots=True)
class Times:
    """Between which times (ms, by Dataverse's clock) the session of a submission is made."""

    earliest: int
    latest: int

    @classmethod
    def of(cls, run: Run, sent_within: int, ahead: int | None) -> "Times":
        """Allow for the clocks' difference; `ahead`: how far Dataverse's is, None if unknown.

        `sent_within`: how long after the claim (ms) its submission may still take effect.
        """
        begins = run.created_at if run.claimed_at is None else run.claimed_at
        before, after = (-DAY_MS, DAY_MS) if ahead is None else (min(ahead, 0), max(ahead, 0))
        latest = run.sent_by + sent_within + after + CLOCKS_MS
        return cls(max(0, begins + before - CLOCKS_MS), latest)

    def hold(self, created_at: int | None) -> bool:
        """Say whether a session may have been made then; one of an unknown time may."""
        return created_at is None or self.earliest <= created_at <= self.latest


@dataclass(frozen=True, slots=True)
class Shown:
    """A session that no run is known to own, and its inputs; `read`: whether they were."""

    session: FlowSession
    inputs: Mapping[str, Any] | None
    read: bool = True


@dataclass(frozen=True, slots=True)
class Claimant:
    """A run that awaits an answer, and its inputs."""

    run: Run
    inputs: Mapping[str, Any] | None


def weigh(claimant: Claimant, shown: Shown, times: Times) -> Candidate:
    """Tell what speaks for and against a session; what it does not show speaks against it."""
    run, session = claimant.run, shown.session
    findings = [
        *_url(run, session),
        _desktop_flow(run, session),
        _connection(run, session),
        (session.trigger_type == RUN_DESKTOP_FLOW, "started by RunDesktopFlow"),
        (
            session.created_at is not None and times.hold(session.created_at),
            "made when this run was submitted",
        ),
        (shown.read and agree(claimant.inputs, shown.inputs), "given this run's inputs"),
    ]
    return Candidate(
        session.id,
        session.created_at,
        int(session.statuscode),
        speaks_for=tuple(text for speaks, text in findings if speaks),
        speaks_against=tuple(f"not known to be {text}" for speaks, text in findings if not speaks),
    )


def is_on(run: Run, session: FlowSession) -> bool:
    """Say whether a session shows the connection that the run was submitted to."""
    connection = run.known_connection
    shown = session.connection
    return None not in (connection, shown) and str(connection).casefold() == str(shown).casefold()


def is_elsewhere(run: Run, session: FlowSession) -> bool:
    """Say whether a session shows a connection that cannot be the run's, however it is written."""
    connection, shown = run.known_connection, session.connection
    if connection is None or shown is None:
        return False
    return connection.casefold() not in shown.casefold()


def agree(asked: Mapping[str, Any] | None, found: Mapping[str, Any] | None) -> bool:
    """Say whether inputs are shown to be those that were asked for, each of them and no others.

    A number may be shown as text, and null as nothing; what is hidden does not agree.
    """
    asked, found = asked or {}, found or {}
    return all(_same(asked.get(name), found.get(name)) for name in {*asked, *found})


def _same(asked: Any, found: Any) -> bool:
    if asked is None or found is None:
        return asked is found
    if isinstance(asked, dict) and isinstance(found, dict):
        return asked.keys() == found.keys() and all(
            _same(asked[each], found[each]) for each in asked
        )
    if isinstance(asked, list) and isinstance(found, list):
        return len(asked) == len(found) and all(map(_same, asked, found))
    if isinstance(asked, (dict, list)) or isinstance(found, (dict, list)):
        return False
    if isinstance(asked, str) and isinstance(found, str):
        return asked == found
    return _plain(asked) == _plain(found)


def _plain(value: Any) -> str | float:
    """Write numbers and truth values alike, whether they are texts or not."""
    text = str(value).strip().casefold()
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _url(run: Run, session: FlowSession) -> Iterable[tuple[bool, str]]:
    """Weigh a callback URL: where one is shown, it has to be this run's, however it was signed."""
    if session.callback_url is not None:
        yield run_named_by(session.callback_url) == run.id, "carrying this run's callback address"


def _desktop_flow(run: Run, session: FlowSession) -> tuple[bool, str]:
    return session.workflow_id == run.request.workflow_id, "of this run's desktop flow"


def _connection(run: Run, session: FlowSession) -> tuple[bool, str]:
    return is_on(run, session), "on this run's connection"
