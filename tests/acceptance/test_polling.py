"""Sessions that nobody tells of: Dataverse forbids it or is away, and every run ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from local.emulator.faults import Fault
from local.emulator.records import RecordedRequest
from tests.support.broker import Broker, Json, broker
from tests.support.patience import until


def queries(app: Broker) -> list[RecordedRequest]:
    """The queries of many sessions; polling and confirming make no other request by itself."""
    seen = app.dataverse.requests("/api/data/v9.2/flowsessions")
    return [each for each in seen if each.path.endswith("/flowsessions")]


def test_a_session_that_may_not_be_read_is_no_failure_of_its_robot(app: Broker) -> None:
    """The run says what is missing while it is, and ends as it should once it is granted."""
    app.dataverse.hold("machines")
    app.dataverse.hold("callbacks")
    run_id = app.start()
    app.until(run_id, "Running")
    app.dataverse.change_behaviour(may_read_sessions=False)

    def told() -> Json | None:
        error: Json | None = app.run(run_id)["error"]
        return error

    error = until(told)
    assert error is not None
    assert error["code"] == "FlowSessionUnreadable"
    assert "prvReadflowsession" in error["message"]
    assert error["innererror"] == {"httpStatus": 403, "details": "0x80040220"}
    assert "Read on Flow Session" in error["advice"]
    assert app.run(run_id)["status"] == "Running"

    app.dataverse.release("machines")
    app.dataverse.change_behaviour(may_read_sessions=True)
    run = app.until(run_id)
    assert (run["status"], run["error"]) == ("Succeeded", None)


def test_a_lost_answer_that_may_not_be_looked_up_is_told_and_looked_up_later(app: Broker) -> None:
    app.dataverse.hold("callbacks")
    app.dataverse.change_behaviour(may_read_sessions=False)
    app.dataverse.add_fault(Fault(action="RunDesktopFlow", lost_answer=True))
    run_id = app.start()
    until(lambda: (app.run(run_id)["error"] or {}).get("code") == "FlowSessionUnreadable")
    assert app.run(run_id)["status"] == "Unconfirmed"
    app.dataverse.change_behaviour(may_read_sessions=True)
    run = app.until(run_id)
    assert (run["status"], run["attempts"], run["error"]) == ("Succeeded", 1, None)


@pytest.mark.parametrize("alone", [None, "error"], ids=["in queries", "alone too"])
def test_one_session_that_fails_its_queries_keeps_no_other_from_ending(
    app: Broker, alone: str | None
) -> None:
    """It waits, later each time, and ends as it should when Dataverse can read it again."""
    app.dataverse.hold("machines")
    app.dataverse.hold("callbacks")
    run_ids = [app.start() for _ in range(12)]
    runs = [app.until(run_id, "Running") for run_id in run_ids]
    bad = str(runs[5]["flowSessionId"])
    app.dataverse.change_session(bad, query_answer="error", read_answer=alone)
    app.dataverse.release("machines")
    for run_id in run_ids:
        if run_id != run_ids[5] or alone is None:
            assert app.until(run_id)["status"] == "Succeeded"
    if alone is not None:
        assert app.run(run_ids[5])["status"] == "Running"
        app.dataverse.change_session(bad, query_answer=None, read_answer=None)
        assert app.until(run_ids[5])["status"] == "Succeeded"


@pytest.mark.parametrize(
    "how",
    [{"query_answer": "error"}, {"columns": {"flowsessionid": "17"}}],
    ids=["fails the query", "its row cannot be read"],
)
def test_one_session_that_fails_confirmations_keeps_no_other_from_being_adopted(
    app: Broker, how: dict[str, Any]
) -> None:
    """Answers of several submissions are lost; of one session no query tells anything."""
    app.dataverse.hold("machines")
    app.dataverse.hold("callbacks")
    app.dataverse.add_fault(Fault(action="RunDesktopFlow", lost_answer=True, times=4))
    run_ids = [app.start() for _ in range(4)]
    made = until(lambda: sessions_made(app, run_ids))
    assert made is not None
    app.dataverse.change_session(made[run_ids[0]], **how)
    for run_id in run_ids[1:]:
        run = app.until(run_id, "Running")
        assert (run["flowSessionId"], run["attempts"]) == (made[run_id], 1)
    assert app.run(run_ids[0])["attempts"] == 1, "nothing is submitted again meanwhile"
    app.dataverse.change_session(made[run_ids[0]], query_answer=None, columns={})
    assert app.until(run_ids[0], "Running")["flowSessionId"] == made[run_ids[0]]


def sessions_made(app: Broker, run_ids: list[str]) -> dict[str, str] | None:
    """Give the sessions of these runs, as soon as there are all."""
    sessions = app.dataverse.state().sessions
    made = {
        run_id: each.id
        for run_id in run_ids
        for each in sessions
        if run_id in (each.callback_url or "")
    }
    return made if len(made) == len(run_ids) else None


AT_WORK, QUEUED, LIMIT, WINDOW_SECONDS, AWAY_SECONDS = 20, 20, 10, 2, 4
PACE = {
    "SUBMISSIONS_PER_WINDOW": str(LIMIT),
    "SUBMISSION_WINDOW_SECONDS": str(WINDOW_SECONDS),
}
TRIES = 3
"""How often the client sends one read that fails."""


def test_dataverse_away_for_a_while_loses_nothing_and_meets_no_storm(tmp_path: Path) -> None:
    """A second stands for a minute here: sweeps come every second, looks after two to four."""
    away = Fault(cut=True, times=None)
    with broker(tmp_path, settings=PACE, limit=LIMIT, limit_window_seconds=WINDOW_SECONDS) as app:
        app.dataverse.hold("machines")
        app.dataverse.hold("callbacks")
        first = [app.start() for _ in range(AT_WORK)]
        for run_id in first:
            app.until(run_id, "Running")
        app.dataverse.add_fault(away)
        left = len(app.dataverse.requests("/api/data/"))
        rest = [app.start() for _ in range(QUEUED)]
        app.dataverse.release("machines")
        until(lambda: len(failed_sweeps(app)) >= AWAY_SECONDS)
        gone = app.dataverse.requests("/api/data/")[left:]
        alone = len(failed_sweeps(app)) * TRIES
        app.dataverse.clear_faults()
        runs = app.until_all_final(AT_WORK + QUEUED)
        back = app.dataverse.requests("/api/data/")[left + len(gone) :]
    assert {run["status"] for run in runs} == {"Succeeded"}
    assert {run["runId"] for run in runs} == {*first, *rest}
    # A query that fails may be one session's fault: it is halved, and some are read alone.
    assert count(gone) <= 5 * TRIES * most_sweeps(gone)
    assert sum(not is_query(each) for each in gone) <= QUEUED + alone
    assert count(back) <= 2 * most_sweeps(back)
    # A query that fails just before Dataverse is back may have each of its sessions read alone.
    assert sum(not is_query(each) for each in back) <= QUEUED + AT_WORK + 2


def failed_sweeps(app: Broker) -> list[int]:
    """The seconds in which a query failed."""
    return sorted({each.at_ms // 1_000 for each in queries(app) if each.status in (None, 503)})


def is_query(each: RecordedRequest) -> bool:
    return each.path.endswith("/flowsessions")


def count(requests: list[RecordedRequest]) -> int:
    return sum(is_query(each) for each in requests)


def most_sweeps(requests: list[RecordedRequest]) -> int:
    """Give how many sweeps can have begun in the time in which these queries were made."""
    moments = [each.at_ms for each in requests if is_query(each)]
    return (max(moments) - min(moments)) // 1_000 + 2
