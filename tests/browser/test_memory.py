"""A page that stays open all day does not grow: what is shown changes, and nothing is left over."""

from __future__ import annotations

import itertools
import re

from playwright.sync_api import Route, expect

from shared.domain.run import RunStatus
from tests.support.console import Console

UPDATES = 1_800
"""As many as an hour has while something moves."""

WARM = 200
LEEWAY_BYTES = 1_000_000
STATES = list(RunStatus)


def heap(console: Console) -> float:
    """Measure the page's memory, in bytes, once what nobody needs is thrown away."""
    session = console.page.context.new_cdp_session(console.page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.getMetrics")["metrics"]
    session.detach()
    return float(next(each["value"] for each in metrics if each["name"] == "JSHeapUsedSize"))


def test_memory_is_flat_over_an_hour_of_updates_in_which_every_row_changes(
    console: Console,
) -> None:
    """Simulated: each answer has another state for each run."""
    app, page = console.app, console.page
    for each in [app.start() for _ in range(10)]:
        app.until(each)
    body = app.http.get("/runs").json()
    turns = itertools.count()

    def update(route: Route) -> None:
        turn = next(turns)
        for number, run in enumerate(body["value"]):
            run["status"] = STATES[(turn + number) % len(STATES)]
            run["attempts"] = turn
        route.fulfill(json=body)

    page.route(re.compile(r"/api/runs\?"), update)
    needs = app.http.get("/attention").json()
    page.route("**/api/attention", lambda route: route.fulfill(json=needs))
    console.open("runs")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(len(body["value"]))

    def go_on(times: int) -> None:
        for _ in range(times):
            with page.expect_response(re.compile(r"/api/runs\?")):
                page.keyboard.press("r")

    go_on(WARM)
    early = heap(console)
    go_on(UPDATES - WARM)
    late = heap(console)
    expect(rows).to_have_count(len(body["value"]))
    assert late < early + LEEWAY_BYTES, f"from {early:,.0f} to {late:,.0f} bytes"
