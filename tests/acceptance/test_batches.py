"""Many starts in one call, answered item by item."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.support.broker import Broker, Json, valid_body


def item(key: str, **fields: Any) -> Json:
    return valid_body(**fields) | {"idempotencyKey": key}


def post(app: Broker, *items: Any) -> httpx.Response:
    return app.http.post("/runs/batch", json={"runs": list(items)})


def value(answer: httpx.Response) -> list[Json]:
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["value"]
    assert [each["index"] for each in items] == list(range(len(items)))
    return items


def test_a_hundred_runs_are_started_by_one_call_each_once(app: Broker) -> None:
    items = [item(f"batch {n}", connectionName=f"shared-load-{81 + n % 3}") for n in range(100)]
    first = value(post(app, *items))
    assert {each["status"] for each in first} == {202}
    again = value(post(app, *items))
    assert {each["status"] for each in again} == {200}
    run_ids = [each["run"]["runId"] for each in first]
    assert [each["run"]["runId"] for each in again] == run_ids
    assert len(set(run_ids)) == 100
    for run_id in run_ids:
        assert app.until(run_id)["status"] == "Succeeded"
    assert len(app.dataverse.state().submissions) == 100


def test_each_start_is_answered_as_if_it_had_come_alone(app: Broker) -> None:
    known = app.post(valid_body(), key="known").json()
    items = [
        item("new"),
        item("known"),
        item("new"),
        item("new", timeout=9),
        item("faulty", runMode="sometimes", colour="red"),
        valid_body(),
        item("reference", connectionName="dfb_NoSuchRobots", connectionType=2),
        item("long", inputs={"Text": "x" * (2 * 1024 * 1024)}),
        7,
    ]
    answers = value(post(app, *items))
    assert [each["status"] for each in answers] == [202, 200, 200, 422, 400, 400, 400, 413, 400]
    assert answers[1]["run"]["runId"] == known["runId"]
    assert answers[2]["run"]["runId"] == answers[0]["run"]["runId"]
    errors = {number: each["error"] for number, each in enumerate(answers) if "error" in each}
    assert {number: error["target"] for number, error in errors.items()} == {
        3: "idempotencyKey",
        4: "runMode",
        5: "idempotencyKey",
        6: "connectionName",
        7: "inputs",
        8: "body",
    }
    assert all("run" not in answers[number] for number in errors)
    alone = app.post(valid_body(runMode="sometimes", colour="red"), key="faulty").json()
    assert told(errors[4]) == told(alone["error"])


def told(error: Any) -> list[tuple[str, str]]:
    """Give each fault's code and field; the fields that there are, in words, are one more here."""
    return [(each["code"], each["target"]) for each in error["details"]]


@pytest.mark.parametrize(
    ("body", "targets"),
    [
        ([], ["body"]),
        ({}, ["runs"]),
        ({"runs": []}, ["runs"]),
        ({"runs": [{}] * 101}, ["runs"]),
        ({"runs": {}, "colour": "red"}, ["runs", "colour"]),
    ],
)
def test_a_batch_that_is_none_is_400_as_a_whole(app: Broker, body: Any, targets: list[str]) -> None:
    answer = app.http.post("/runs/batch", json=body)
    assert answer.status_code == 400
    assert [each["target"] for each in answer.json()["error"]["details"]] == targets


def test_a_batch_without_a_key_or_beyond_reason_starts_nothing(app: Broker) -> None:
    with httpx.Client(base_url=app.http.base_url) as stranger:
        answer = stranger.post("/runs/batch", json={"runs": [item("stranger")]})
    assert answer.status_code == 401
    answer = app.http.post("/runs/batch", content=b" " * (9 * 1024 * 1024))
    assert answer.status_code == 413
