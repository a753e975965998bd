"""One member must not fail its group: halves, single reads, and what an outage may cost."""

from __future__ import annotations

import pytest

from shared.dataverse.errors import (
    Answer,
    DataverseError,
    OutcomeUnknownError,
    RefusedError,
    UnreadableRowsError,
)
from shared.domain.session import FlowSession, StatusCode
from shared.services.rounds.doubt import SPARE_REQUESTS
from shared.services.rounds.round import SINGLE_READS
from tests.support.polls import (
    THROTTLED,
    ChancelessClock,
    Parts,
    named,
    poll,
)

UNKNOWN = OutcomeUnknownError("500", Answer(500, "0x80040216", "server error"))
GATEWAY = OutcomeUnknownError("502", Answer(502, "", ""))
BAD_REQUEST = RefusedError(Answer(400, "0x80048d19", "one of the values is not accepted"))
NO_ANSWER = OutcomeUnknownError("no answer: ReadTimeout")


@pytest.mark.parametrize("error", [UNKNOWN, BAD_REQUEST, NO_ANSWER])
@pytest.mark.parametrize("number", [0, 41, 99])
def test_one_session_that_fails_every_query_waits_and_all_others_are_recorded(
    error: DataverseError, number: int
) -> None:
    """In the same round, for some fifteen requests; the next hundred does not wait for it."""
    poisonous = f"good-{number:04d}"
    parts = Parts(**{f"session_session of {poisonous}": error})
    parts.poison = {poisonous: error}
    poll(parts, *named("good", 250))
    others = [each for each in named("good", 250) if each != poisonous]
    assert sorted(parts.done["record"]) == others
    assert parts.done["unreadable" if error is BAD_REQUEST else "later"] == [poisonous]
    assert parts.requests <= 3 + 2 * 7 + 1
    assert [len(each) for each in parts.queries[:3]] == [100, 100, 50], "no group waits for halves"


def test_a_session_that_fails_queries_alone_is_read_by_itself() -> None:
    parts = Parts()
    parts.poison = {"good-0041": UNKNOWN}
    poll(parts, *named("good", 100))
    assert sorted(parts.done["record"]) == named("good", 100)
    assert "later" not in parts.done


def test_several_that_fail_their_queries_are_found_together() -> None:
    bad = ["good-0003", "good-0050", "good-0051", "good-0140"]
    parts = Parts(**{f"session_session of {each}": UNKNOWN for each in bad})
    parts.poison = dict.fromkeys(bad, UNKNOWN)
    poll(parts, *named("good", 200), clock=ChancelessClock())
    assert sorted(parts.done["record"]) == [x for x in named("good", 200) if x not in bad]
    assert sorted(parts.done["later"]) == bad
    assert parts.requests <= 2 + SPARE_REQUESTS + SINGLE_READS


def test_one_submission_that_fails_every_query_waits_and_all_others_are_confirmed() -> None:
    parts = Parts()
    parts.poison = {"awaiting-0017": UNKNOWN}
    poll(parts, *named("awaiting", 50), "good")
    others = [each for each in named("awaiting", 50) if each != "awaiting-0017"]
    assert sorted(parts.done["confirm"]) == others
    assert parts.done["later"] == ["awaiting-0017"]
    assert parts.done["record"] == ["good"]


def test_of_rows_some_of_which_cannot_be_read_the_others_are_taken_and_nothing_is_absent() -> None:
    """The row that cannot be read may be any run's: which, the halves tell."""
    seen = [FlowSession(f"session of awaiting-{n:04d}", StatusCode.RUNNING) for n in (1, 2)]
    parts = Parts()
    parts.poison = {"awaiting-0007": UnreadableRowsError(seen, 1)}
    poll(parts, *named("awaiting", 50))
    assert parts.done["confirm"][:2] == ["awaiting-0001", "awaiting-0002"]
    assert "awaiting-0007" not in parts.done["confirm"]
    assert len(set(parts.done["confirm"])) == 49
    assert parts.done["later"] == ["awaiting-0007"]


@pytest.mark.parametrize("due", [1, 2, 5, 100, 2_000])
@pytest.mark.parametrize(("error", "most"), [(UNKNOWN, 12), (GATEWAY, 8), (NO_ANSWER, 8)])
def test_an_outage_is_no_storm(due: int, error: DataverseError, most: int) -> None:
    """Dataverse answers so to everything: who was asked for stands behind the others."""
    parts = Parts(sessions=error, session=error, ask=error)
    poll(parts, *named("good", due), *named("awaiting", due // 2))
    assert parts.requests <= most
    asked = {each.removeprefix("session of ") for query in parts.queries for each in query}
    assert asked <= set(parts.done["later"])
    assert "record" not in parts.done


def test_where_every_query_fails_sessions_are_read_by_themselves() -> None:
    """A round does what it has requests for; who is left stands behind the others."""
    parts = poll(Parts(sessions=UNKNOWN), *named("good", 250))
    assert 40 <= len(parts.done["record"]) <= SINGLE_READS + SPARE_REQUESTS
    assert len(parts.done["session"]) <= SINGLE_READS + SPARE_REQUESTS
    assert not {*parts.done["record"]} & {*parts.done["later"]}
    assert {*parts.done["record"], *parts.done["later"]} == {*named("good", 250)}


def test_a_429_while_halves_are_asked_for_ends_the_round() -> None:
    parts = Parts(**{"sessions_session of good-0050": THROTTLED})
    parts.poison = {"good-0001": UNKNOWN}
    poll(parts, *named("good", 100), "awaiting")
    assert len(parts.queries) == 3
    assert "record" not in parts.done
    assert parts.requests == 4
