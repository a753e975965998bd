"""The runs: what is chosen is the address, and the address is what is chosen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from local.emulator.catalogue import UPDATE_EMPLOYEE
from tests.support.broker import Broker, Json
from tests.support.console import Console

CONNECTION = "shared-load-81"


@pytest.fixture
def ended(app: Broker) -> dict[str, Json]:
    """A run that has succeeded and one that has failed, on a connection of their own."""
    good = app.start(connectionName=CONNECTION, correlationId="order 81")
    bad = app.start(connectionName=CONNECTION, inputs={"Outcome": "fail"})
    return {"Succeeded": app.until(good), "Failed": app.until(bad)}


def rows(console: Console) -> Locator:
    return console.page.get_by_role("table").locator("tbody tr")


def row_of(console: Console, run: Json) -> Locator:
    return rows(console).filter(has=console.page.locator(f"a[href='#/runs/{run['runId']}']"))


def test_the_address_is_the_filter(console: Console, ended: dict[str, Json]) -> None:
    """A link that somebody sent shows what its sender saw, and says so in words."""
    console.open(f"runs?status=Failed&connectionName={CONNECTION}")
    expect(row_of(console, ended["Failed"])).to_be_visible()
    expect(row_of(console, ended["Succeeded"])).to_have_count(0)
    expect(console.page.get_by_role("main")).to_contain_text(f"Failed · on {CONNECTION}")
    states = console.page.get_by_role("group", name="State")
    expect(states.get_by_role("button", name="Failed")).to_have_attribute("aria-pressed", "true")


def test_several_states_are_chosen_and_each_choice_is_in_the_address(
    console: Console, ended: dict[str, Json]
) -> None:
    console.open(f"runs?connectionName={CONNECTION}")
    states = console.page.get_by_role("group", name="State")
    states.get_by_role("button", name="Failed").click()
    expect(row_of(console, ended["Succeeded"])).to_have_count(0)
    states.get_by_role("button", name="Succeeded").click()
    expect(row_of(console, ended["Succeeded"])).to_be_visible()
    expect(row_of(console, ended["Failed"])).to_be_visible()
    assert re.search(r"status=Failed(,|%2C)Succeeded", console.page.url)
    console.page.go_back()
    expect(row_of(console, ended["Succeeded"])).to_have_count(0)
    console.page.get_by_role("link", name="Clear filters").click()
    assert console.page.url.endswith("#/runs")


@pytest.mark.parametrize("known_by", ["runId", "correlationId"])
def test_one_box_finds_a_run_by_whatever_it_is_known_by(
    console: Console, ended: dict[str, Json], known_by: str
) -> None:
    run = ended["Succeeded"]
    console.open("runs")
    box = console.page.get_by_role("searchbox")
    box.fill(run[known_by])
    box.press("Enter")
    expect(row_of(console, run)).to_be_visible()
    expect(row_of(console, ended["Failed"])).to_have_count(0)
    assert "q=" in console.page.url


def test_a_search_that_finds_nothing_says_of_what(console: Console, ended: dict[str, Json]) -> None:
    del ended
    console.open("runs?q=nobody-knows-this")
    main = console.page.get_by_role("main")
    expect(main).to_contain_text("No run is so")
    expect(main).to_contain_text("nobody-knows-this")


def test_newer_runs_announce_themselves_and_move_nothing(
    console: Console, ended: dict[str, Json]
) -> None:
    del ended
    console.open(f"runs?connectionName={CONNECTION}")
    expect(rows(console).first).to_be_visible()
    first = rows(console).first.inner_html
    before = re.search(r"#/runs/([\w-]+)", first())
    later = [console.app.start(connectionName=CONNECTION) for _ in range(3)]
    newer = console.page.get_by_role("button", name="3 newer")
    console.page.keyboard.press("r")
    expect(newer).to_be_visible()
    after = re.search(r"#/runs/([\w-]+)", first())
    assert before is not None
    assert after is not None
    assert before[1] == after[1], "no row has moved"
    newer.click()
    expect(console.page.locator(f"a[href='#/runs/{later[-1]}']")).to_be_visible()
    for each in later:
        console.app.until(each)


def test_pages_go_older_and_back_by_their_address(console: Console) -> None:
    app = console.app
    bodies = [
        {
            "workflowId": UPDATE_EMPLOYEE.id,
            "connectionName": "shared-load-82",
            "runMode": "unattended",
            "idempotencyKey": f"page-{number}",
        }
        for number in range(60)
    ]
    answer = app.http.post("/runs/batch", json={"runs": bodies})
    assert answer.status_code == 200
    console.open("runs?connectionName=shared-load-82")
    expect(rows(console)).to_have_count(50)
    newest = rows(console).first.get_by_role("link").first.get_attribute("href")
    pages = console.page.get_by_role("navigation", name="Pages")
    pages.get_by_role("button", name="Older").click()
    expect(rows(console)).to_have_count(10)
    assert "page=" in console.page.url
    console.page.reload()
    expect(rows(console)).to_have_count(10)
    pages.get_by_role("button", name=re.compile("Newe")).click()
    expect(rows(console)).to_have_count(50)
    assert rows(console).first.get_by_role("link").first.get_attribute("href") == newest
    app.until_all_final(60)


def test_waiting_and_running_are_told_apart(console: Console, ended: dict[str, Json]) -> None:
    console.open(f"runs?connectionName={CONNECTION}")
    heads = console.page.get_by_role("columnheader")
    for told in ("State", "Waited", "Ran"):
        expect(heads.filter(has_text=re.compile(f"^{told}$"))).to_be_visible()
    expect(row_of(console, ended["Failed"])).to_contain_text("Failed")
