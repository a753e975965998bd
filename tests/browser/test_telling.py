"""Who is told of a run's end, and how that stands; who was given up is told again from the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from local.emulator.faults import Fault
from tests.support.broker import Broker, broker, valid_body
from tests.support.console import Console

SETTINGS = {
    "NOTIFY_PRIVATE_HOSTS": "127.0.0.1",
    "NOTIFY_SIGNING_SECRET": "whsec_bWFkZSB1cCBmb3IgdGhlIGRlbW9uc3RyYXRpb24=",
}
SECRET = "hush-hush"
ENGINE, RECEIVER = "/engine-that-left", "/receiver-that-left"


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker(tmp_path_factory.mktemp("broker"), settings=SETTINGS) as made:
        yield made


@pytest.fixture
def given_up(app: Broker) -> str:
    """A run whose receiver answers 410, and an engine that waits for it, too."""
    for path in (ENGINE, RECEIVER):
        app.dataverse.add_fault(Fault(path=f"^{path}", status=410, times=1))
        app.dataverse.add_fault(Fault(path=f"^{path}", status=200, times=None))
    body = valid_body(
        connectionName="shared-load-1502",
        notifyUrl=f"{app.emulator.url}{RECEIVER}",
        notificationUrl=f"{app.emulator.url}{ENGINE}?sig={SECRET}",
    )
    answer = app.http.post("/waits", json=body, headers={"Idempotency-Key": "given up"})
    assert answer.status_code == 201, answer.text
    run_id: str = answer.json()["runId"]
    app.until_it(
        run_id,
        lambda run: (
            {each["status"] for each in (run["notification"] or {}, *run["waiters"]) if each}
            == {"GivenUp"}
        ),
    )
    return run_id


def test_who_was_given_up_needs_somebody_and_is_told_again(console: Console, given_up: str) -> None:
    """The receiver and the engine, by its host alone: all else of its address is secret."""
    page = console.page
    console.open()
    needs = page.get_by_role("region", name="Needs you")
    expect(needs).to_contain_text("The end of 1 run could not be told.")
    needs.get_by_role("link").filter(has_text=given_up[-8:]).click()
    told = page.get_by_role("region", name="Telling of its end")
    expect(told.get_by_role("listitem")).to_have_count(2)
    expect(told.get_by_role("listitem").filter(has_text="The engine")).to_contain_text("Given up")
    expect(told).to_contain_text("127.0.0.1")
    expect(page.get_by_role("main")).not_to_contain_text(SECRET)
    told.get_by_role("button", name="Tell it again").click()
    expect(console.dialog()).to_contain_text(given_up)
    console.confirm("Tell it again")
    expect(console.notice()).to_contain_text("It has been taken.")
    for each in told.get_by_role("listitem").all():
        expect(each).to_contain_text("has taken it")
    console.go("lanes")
    expect(needs).to_have_count(0)


def test_an_engine_that_waits_is_shown_while_the_run_goes_on(console: Console) -> None:
    app = console.app
    app.dataverse.hold("machines")
    body = valid_body(
        connectionName="shared-load-1503",
        notificationUrl=f"{app.emulator.url}{ENGINE}?sig={SECRET}",
    )
    answer = app.http.post("/waits", json=body, headers={"Idempotency-Key": "waits"})
    run_id = answer.json()["runId"]
    console.open(f"runs/{run_id}")
    told = console.page.get_by_role("region", name="Telling of its end")
    expect(told).to_contain_text("is told when the run has ended")
    app.dataverse.add_fault(Fault(path=f"^{ENGINE}", status=200, times=None))
    app.dataverse.release("machines")
    expect(told).to_contain_text("has taken it")
