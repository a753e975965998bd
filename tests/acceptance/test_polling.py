"""Sessions that nobody tells of: Dataverse forbids it or is away, and every run ends."""

from __future__ import annotations

from pathlib import Path

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
        app.dataverse.clear_faults()
        runs = app.until_all_final(AT_WORK + QUEUED)
        back = app.dataverse.requests("/api/data/")[left + len(gone) :]
    assert {run["status"] for run in runs} == {"Succeeded"}
    assert {run["runId"] for run in runs} == {*first, *rest}
    assert count(gone) <= TRIES * most_sweeps(gone)
    assert sum(not is_query(each) for each in gone) <= QUEUED
    assert count(back) <= 2 * most_sweeps(back)
    assert sum(not is_query(each) for each in back) <= QUEUED + 2


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
