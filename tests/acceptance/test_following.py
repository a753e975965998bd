"""Following runs by calls that wait: few of them, and none that holds a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from tests.support.broker import FINAL, Broker, Json, broker, valid_body
from tests.support.patience import PATIENCE_SECONDS

WAITING = 200
THREADS = 2
"""What the worker has for functions that are not async: two who held one would hold them all."""

PUBLIC = "https://gate.example.com/broker"


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """An app with few threads, whose robots work for a minute that passes in three seconds."""
    with broker(
        tmp_path_factory.mktemp("broker"),
        settings={"PYTHON_THREADPOOL_THREAD_COUNT": str(THREADS), "PUBLIC_BASE_URL": PUBLIC},
        limit=1000,
        limit_window_seconds=1,
        run_seconds=60,
        time_scale=20,
    ) as made:
        yield made


def client(app: Broker) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=app.http.base_url,
        headers=app.http.headers,
        timeout=PATIENCE_SECONDS,
        limits=httpx.Limits(max_connections=None),
    )


def test_a_run_of_a_minute_costs_four_calls_from_its_start_to_its_end(app: Broker) -> None:
    answer = app.post(valid_body(), key="a minute")
    address, calls = f"/runs/{answer.json()['runId']}", 1
    run: Json = answer.json()
    tag: str | None = None
    while run["status"] not in FINAL:
        headers = {} if tag is None else {"If-None-Match": tag}
        answer = app.http.get(address, params={"wait": 60}, headers=headers)
        calls += 1
        tag = answer.headers["etag"]
        run = answer.json() if answer.status_code == 200 else run
    assert run["status"] == "Succeeded"
    assert calls <= 4


def test_two_hundred_who_wait_leave_the_workers_threads_to_others(app: Broker) -> None:
    app.dataverse.hold("machines")
    ids = [app.start() for _ in range(20)]
    for run_id in ids:
        app.until(run_id, "Running")

    async def wait() -> list[Json]:
        async with client(app) as callers:
            waiting = [
                asyncio.create_task(
                    callers.get(f"/runs/{ids[number % len(ids)]}", params={"wait": 60})
                )
                for number in range(WAITING)
            ]
            for _ in range(THREADS + 1):
                assert (await callers.get("/lanes")).status_code == 200
                assert (await callers.post("/runs", json=valid_body())).status_code == 202
            assert not any(each.done() for each in waiting)
            await asyncio.to_thread(app.dataverse.release, "machines")
            return [(await each).json() for each in waiting]

    assert {run["status"] for run in asyncio.run(wait())} == {"Succeeded"}


def test_links_begin_with_the_public_address_whoever_asks(app: Broker) -> None:
    lie = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    started = app.http.post("/runs", json=valid_body(), headers=lie)
    run_id = started.json()["runId"]
    assert started.headers["operation-location"] == f"{PUBLIC}/api/operations/{run_id}"
    app.until(run_id)
    app.start()
    ended = app.http.get(f"/operations/{run_id}", headers=lie).json()
    assert ended["resourceLocation"] == f"{PUBLIC}/api/runs/{run_id}"
    page = app.http.get("/runs", params={"top": 1}, headers=lie).json()
    assert page["nextLink"].startswith(f"{PUBLIC}/api/runs?top=1&")


def test_a_run_that_has_not_changed_is_304_without_a_body(app: Broker) -> None:
    run_id = app.start()
    app.until(run_id)
    first = app.http.get(f"/runs/{run_id}")
    same = app.http.get(f"/runs/{run_id}", headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == first.headers["etag"]


def test_a_wait_that_is_none_is_400_with_what_it_must_be(app: Broker) -> None:
    answer = app.http.get(f"/runs/{app.start()}", params={"wait": "a minute"})
    assert answer.status_code == 400
    assert answer.json()["error"]["target"] == "wait"
