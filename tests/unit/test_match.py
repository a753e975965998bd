"""Matching has an end: among very many sessions and lanes nobody is told apart in time."""

from __future__ import annotations

from typing import Any, cast

import pytest

from shared.domain.callback_url import CallbackSigner
from shared.domain.matching import Unmatched
from shared.domain.session import FlowSession, StatusCode
from shared.services.following.match import OWNERS_LIMIT, Match
from tests.support.runs import submitting


class Parts:
    """Lanes and sessions, all of them owned; counts how often that was asked."""

    def __init__(self, lanes: int, sessions: int) -> None:
        self.lanes, self.sessions, self.reads = lanes, sessions, 0

    def ids(self) -> list[str]:
        return [f"lane-{n}" for n in range(self.lanes)]

    def sessions_since(self, *_: object) -> list[FlowSession]:
        return [FlowSession(f"session-{n}", StatusCode.RUNNING) for n in range(self.sessions)]

    def owner_of(self, lane_id: str, _: str) -> str | None:
        self.reads += 1
        return "a run" if lane_id == f"lane-{self.lanes - 1}" else None


@pytest.mark.parametrize(
    ("lanes", "sessions", "matched"),
    [(50, 100, Unmatched.NONE), (200, 2_000, Unmatched.AMBIGUOUS)],
)
def test_whose_the_sessions_are_is_asked_so_often_and_no_more(
    lanes: int, sessions: int, matched: Unmatched
) -> None:
    """2,000 sessions on 200 lanes would take 400,000 reads, for each run that awaits an answer."""
    parts = Parts(lanes, sessions)
    whole = cast("Any", parts)  # it stands for each of the parts
    signer = CallbackSigner("org.crm.dynamics.com", (b"k" * 32,))
    assert Match(whole, whole, whole, signer)(submitting()) is matched
    assert parts.reads <= OWNERS_LIMIT
