"""The completion event: the same words each time, and never too many of them."""

import json
from dataclasses import replace

import pytest

from shared.domain.request import CONNECTION_NAME_LIMIT, CORRELATION_ID_LIMIT
from shared.domain.run import FINAL, Run, RunError, RunStatus
from shared.domain.run.announcements import announced, end
from shared.domain.run.completion_event import event_id, event_text
from tests.support.runs import NOW, REQUEST, RUN_ID, SESSION, running

QUEUE_MESSAGE_BYTES = 48 * 1024


def ended(status: RunStatus = RunStatus.SUCCEEDED, error: RunError | None = None) -> Run:
    return end(running(), status, at=NOW + 5_000, error=error)


def test_an_event_tells_which_run_ended_when_and_how() -> None:
    event = json.loads(event_text(ended()))
    assert event["id"] == event_id(RUN_ID) == f"evt_{RUN_ID}"
    assert event["type"] == "run.succeeded"
    assert event["timestamp"] == "2026-11-24T17:06:45.000Z"
    assert event["data"]["runId"] == RUN_ID
    assert event["data"]["flowSessionId"] == SESSION
    assert event["data"]["error"] is None


def test_the_id_has_no_full_stop() -> None:
    """Standard Webhooks signs id, time and text with full stops between them."""
    assert "." not in event_id(RUN_ID)


@pytest.mark.parametrize("status", sorted(FINAL))
def test_every_end_has_its_type(status: RunStatus) -> None:
    event = json.loads(event_text(ended(status)))
    assert event["type"].replace("_", "") == f"run.{status.lower()}"


def test_telling_an_event_does_not_change_it() -> None:
    run = ended()
    assert event_text(announced(run, at=NOW + 9_000)) == event_text(run)


def test_the_longest_event_fits_into_a_queue_message() -> None:
    wide = "\U0001f9fe"
    request = replace(
        REQUEST,
        connection_name=wide * CONNECTION_NAME_LIMIT,
        correlation_id=wide * CORRELATION_ID_LIMIT,
    )
    error = RunError(wide * 10_000, wide * 10_000, wide * 10_000, 500, robot_may_have_started=True)
    run = replace(ended(RunStatus.FAILED, error), request=request)
    assert len(event_text(run).encode()) < QUEUE_MESSAGE_BYTES


def test_no_inputs_are_told() -> None:
    assert "input" not in event_text(ended()).lower()
