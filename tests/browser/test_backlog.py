"""The backlog of a lane is read when somebody asks for it, and the last hour is a picture."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_lanes import lane_of
from tests.support.broker import Json
from tests.support.console import Console

CONNECTION = "shared-load-1501"


@pytest.fixture
def waiting(console: Console) -> list[str]:
    """Runs that wait while their lane is paused, the first first."""
    app = console.app
    app.until(app.start(connectionName=CONNECTION))
    app.http.post(
        f"/lanes/{lane_of(console, CONNECTION)['laneId']}/pause", json={"reason": "Patch"}
    )
    started = [app.start(connectionName=CONNECTION, correlationId=f"w{n}") for n in range(3)]
    return [app.start(connectionName=CONNECTION, runPriority="high"), *started]


def resume(console: Console) -> Json:
    lane = lane_of(console, CONNECTION)
    answer: Json = console.app.http.post(f"/lanes/{lane['laneId']}/resume").json()
    return answer


def test_the_next_runs_of_a_backlog_are_read_when_they_are_asked_for(
    console: Console, waiting: list[str]
) -> None:
    """Each with its place, since when it waits, and when its turn should come."""
    page = console.page
    lane_id = lane_of(console, CONNECTION)["laneId"]
    console.open(f"lanes/{lane_id}")
    expect(console.heading()).to_have_text(CONNECTION)
    assert not [each for each in console.watch.requests if "places=" in each]
    page.get_by_text("The next runs of its backlog").click()
    table = page.get_by_role("table", name="The backlog, the next run first")
    expect(table.get_by_role("row")).to_have_count(1 + len(waiting))
    for number, run_id in enumerate(waiting, 1):
        row = table.get_by_role("row").nth(number)
        expect(row.get_by_role("link")).to_have_attribute("href", f"#/runs/{run_id}")
        expect(row.get_by_role("cell").first).to_have_text(str(number))
        expect(row).to_contain_text("when somebody resumes the lane")
        expect(row).to_contain_text(re.compile(r"\d+ s"))
    resume(console)
    expect(page.get_by_role("main")).to_contain_text("No run waits any more.")
    page.get_by_text("The next runs of its backlog").click()
    expect(table).to_have_count(0)
    for each in waiting:
        assert console.app.until(each)["status"] == "Succeeded"


def test_the_submissions_of_the_last_hour_are_a_picture_and_its_words(
    console: Console, waiting: list[str]
) -> None:
    resume(console)
    for each in waiting:
        console.app.until(each)
    lane = lane_of(console, CONNECTION)
    submitted = sum(lane["submittedByMinute"])
    assert submitted > len(waiting)
    console.open()
    row = console.page.get_by_role("row").filter(has_text=CONNECTION)
    words = re.compile(rf"{submitted} starts in the last hour, at most \d+ in a minute")
    expect(row.get_by_role("img", name=words)).to_be_visible()
    row.get_by_role("link", name=CONNECTION).click()
    expect(console.page.get_by_role("main")).to_contain_text(words)
