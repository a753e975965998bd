"""Listing runs, as callers see it: by what they ask for, newest first, page by page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.broker import Broker, Json, valid_body

CONNECTIONS = [f"shared-load-{n}" for n in (71, 72)]


def listed(app: Broker, **params: str) -> list[str]:
    """Follow the links from page to page, and give the ids of all runs."""
    ids: list[str] = []
    link: str | None = "/runs"
    while link is not None:
        answer = app.http.get(link, params=params or None)
        assert answer.status_code == 200, answer.text
        page: Json = answer.json()
        ids += [run["runId"] for run in page["value"]]
        link, params = page["nextLink"], {}
    return ids


@pytest.fixture(scope="module")
def made(shared_app: Broker) -> Iterator[dict[str, Json]]:
    """Six runs on two connections, by the names of their keys."""
    runs: dict[str, Json] = {}
    for number in range(6):
        body = valid_body(
            connectionName=CONNECTIONS[number % 2],
            correlationId=f"batch {number // 3}, or so",
            inputs={"Outcome": "fail"} if number % 3 == 0 else {},
        )
        run = shared_app.post(body, key=f"listed {number}").json()
        runs[f"listed {number}"] = shared_app.until(run["runId"])
    shared_app.until_all_final(6)  # lists of all connections are a moment behind
    yield runs
    shared_app.forget()


def ids(made: dict[str, Json], *numbers: int) -> list[str]:
    """Give the ids of runs, the newest first."""
    return [made[f"listed {number}"]["runId"] for number in sorted(numbers, reverse=True)]


@pytest.mark.parametrize("top", ["1", "2", "500"])
def test_pages_are_linked_from_the_newest_run_to_the_oldest(
    shared_app: Broker, made: dict[str, Json], top: str
) -> None:
    assert listed(shared_app, top=top) == ids(made, *range(6))
    assert listed(shared_app, top=top, connectionName=CONNECTIONS[0]) == ids(made, 0, 2, 4)


def test_the_token_of_a_page_goes_on_too(shared_app: Broker, made: dict[str, Json]) -> None:
    assert [run["runId"] for run in shared_app.all_runs()] == ids(made, *range(6))
    first = shared_app.http.get("/runs", params={"top": "2"}).json()
    token = {"top": "9", "continuationToken": first["continuationToken"]}
    rest = shared_app.http.get("/runs", params=token).json()
    assert [run["runId"] for run in rest["value"]] == ids(made, 0, 1, 2, 3)
    assert (rest["continuationToken"], rest["nextLink"]) == (None, None)


@pytest.mark.parametrize(
    ("params", "numbers"),
    [
        ({"search": "batch 0, or so"}, [0, 1, 2]),
        ({"search": "batch 0, or so", "status": "Failed"}, [0]),
        ({"search": "batch 0, or so", "connectionName": CONNECTIONS[1]}, [1]),
        ({"search": "listed 5"}, [5]),
        ({"search": "batch"}, []),
        ({"status": "Failed"}, [0, 3]),
        ({"status": "Failed,Queued"}, [0, 3]),
        ({"status": "Succeeded,Failed", "top": "1"}, [0, 1, 2, 3, 4, 5]),
        ({"correlationId": "batch 1, or so"}, [3, 4, 5]),
        ({"correlationId": "batch 1, or so", "status": "Failed"}, [3]),
        ({"workflowId": valid_body()["workflowId"].upper()}, [0, 1, 2, 3, 4, 5]),
        ({"workflowId": "00000000-0000-0000-0000-000000000001"}, []),
        ({"idempotencyKey": "listed 4"}, [4]),
        ({"idempotencyKey": "listed 4", "status": "Failed"}, []),
        ({"idempotencyKey": "never used"}, []),
        ({"needsOperator": "true"}, []),
        ({"needsOperator": "false", "top": "1"}, [0, 1, 2, 3, 4, 5]),
    ],
)
def test_what_is_asked_for_is_listed_and_nothing_else(
    shared_app: Broker, made: dict[str, Json], params: dict[str, str], numbers: list[int]
) -> None:
    assert listed(shared_app, **params) == ids(made, *numbers)


def test_a_search_finds_a_run_by_its_ids(shared_app: Broker, made: dict[str, Json]) -> None:
    run = made["listed 3"]
    assert listed(shared_app, search=run["runId"]) == [run["runId"]]
    assert listed(shared_app, search=run["flowSessionId"]) == [run["runId"]]


def test_a_parameter_may_be_given_more_than_once(shared_app: Broker, made: dict[str, Json]) -> None:
    answer = shared_app.http.get("/runs?status=Failed&status=Queued")
    assert [run["runId"] for run in answer.json()["value"]] == ids(made, 0, 3)


def test_runs_of_a_time_are_those_between_its_bounds(
    shared_app: Broker, made: dict[str, Json]
) -> None:
    times = [made[f"listed {number}"]["createdAt"] for number in range(6)]
    assert listed(shared_app, createdAfter=times[1]) == ids(made, 2, 3, 4, 5)
    assert listed(shared_app, createdBefore=times[2]) == ids(made, 0, 1)
    assert listed(shared_app, createdAfter=times[0], createdBefore=times[4], top="1") == ids(
        made, 1, 2, 3
    )


def test_every_fault_of_a_listing_is_told(shared_app: Broker) -> None:
    params = {"top": "0", "status": "Gone", "colour": "red", "continuationToken": "made-up"}
    answer = shared_app.http.get("/runs", params=params)
    assert answer.status_code == 400
    targets = {detail["target"] for detail in answer.json()["error"]["details"]}
    assert targets == set(params)


def test_links_lead_to_the_public_address_that_a_proxy_tells_where_it_is_trusted(
    shared_app: Broker, made: dict[str, Json]
) -> None:
    """Here it is not: anybody could have them lead to a host of his."""
    del made
    answer = shared_app.http.get(
        "/runs", params={"top": "1"}, headers={"X-Forwarded-Host": "evil.example"}
    )
    assert answer.json()["nextLink"].startswith(str(shared_app.http.base_url))
