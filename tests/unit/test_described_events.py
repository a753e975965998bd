"""What is POSTed to receivers and engines is as the description and the connector say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft4Validator

from shared.api.answers_engines import ENDING, EVENT, PROGRESS
from shared.api.answers_run import RUN
from shared.api.openapi import description
from shared.api.swagger import definition
from shared.domain.run import Run, RunError, RunStatus
from shared.domain.run.announcements import end
from shared.domain.run.completion_event import event_text
from shared.services.reading.ending import Ending
from shared.services.refusals import OutputsTooLargeError
from shared.triggers.ends import ending_text
from shared.triggers.rendering import run_json
from tests.support.judge import faults
from tests.support.runs import NOW, queued, running

Json = dict[str, Any]

DOCUMENT, CONNECTOR = description("https://broker.example.org/api"), definition()
FAILURE = RunError("E1", "the robot stumbled", robot_may_have_started=True)
ENDED = [
    end(running(), RunStatus.SUCCEEDED, at=NOW),
    end(running(), RunStatus.FAILED, at=NOW, error=FAILURE),
    end(running(), RunStatus.CANCELLED, at=NOW),
    end(running(), RunStatus.TIMED_OUT, at=NOW),
]


def status_of(run: Run) -> str:
    return run.status.value


def without_nulls(value: Any) -> Any:
    """Leave out what is not known: a Swagger has no null, and an engine takes one for nothing."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def told_to_makers(name: str, value: Json) -> list[str]:
    schema = CONNECTOR["definitions"][name] | {"definitions": CONNECTOR["definitions"]}
    found = Draft4Validator(schema).iter_errors(without_nulls(value))
    return [f"{error.json_path}: {error.message}" for error in found]


@pytest.mark.parametrize("run", ENDED, ids=status_of)
def test_an_event_is_as_described(run: Run) -> None:
    event = json.loads(event_text(run))
    assert faults(DOCUMENT["components"]["schemas"][EVENT.name], event, DOCUMENT) == []
    assert told_to_makers("Event", event) == []


@pytest.mark.parametrize(
    "ending",
    [
        *map(Ending, ENDED),
        Ending(ENDED[0], '{"Total": 119.50}'),
        Ending(ENDED[0], problem=OutputsTooLargeError(9, 8)),
    ],
    ids=lambda ending: f"{ending.run.status} {ending.outputs} {ending.problem}",
)
def test_an_ending_is_as_described(ending: Ending) -> None:
    told = json.loads(ending_text(ending))
    assert faults(DOCUMENT["components"]["schemas"][ENDING.name], told, DOCUMENT) == []
    assert told_to_makers("Ending", told) == []


@pytest.mark.parametrize("run", [queued(), running(), *ENDED], ids=status_of)
def test_a_run_is_as_makers_are_told(run: Run) -> None:
    assert told_to_makers("Run", run_json(run)) == []


def test_a_poll_that_cannot_read_the_run_tells_its_id_alone() -> None:
    told = {"runId": running().id}
    assert faults(DOCUMENT["components"]["schemas"][PROGRESS.name], told, DOCUMENT) == []
    assert faults(DOCUMENT["components"]["schemas"][RUN.name], told, DOCUMENT) != []


def test_a_member_of_another_type_would_be_found() -> None:
    assert told_to_makers("Run", run_json(running()) | {"attempts": "one"}) != []
