"""A message that no run came of is understood and decided about from the page alone."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from azure.storage.queue import QueueClient
from playwright.sync_api import Locator, expect

from local.emulator.catalogue import UNBOUND_REFERENCE
from tests.support.broker import valid_body
from tests.support.console import Console
from tests.support.messages import run_requests
from tests.support.patience import until


@pytest.fixture
def requests(console: Console) -> Iterator[QueueClient]:
    with run_requests(console.app) as client:
        yield client


def read_rejected(console: Console) -> Locator:
    """Go to what was rejected by the way that the first view shows."""
    console.open()
    needs = console.page.get_by_role("region", name="Needs you")
    needs.get_by_role("listitem").filter(has_text="rejected").get_by_role("link").click()
    expect(console.heading()).to_have_text("Messages")
    return console.page.get_by_role("main")


def test_a_message_is_sent_again_once_its_cause_is_mended(
    console: Console, requests: QueueClient
) -> None:
    """Pressed once it is a run, under the key that it came with, and no message any more."""
    body = valid_body(connectionName=UNBOUND_REFERENCE, connectionType=2)
    secret = {"inputs": {"InvoiceNumber": "nobody's business"}, "idempotencyKey": "sent again"}
    requests.send_message(json.dumps(body | secret))
    main = read_rejected(console)
    expect(main).to_contain_text("Why it was rejected")
    expect(main).to_contain_text(UNBOUND_REFERENCE)
    expect(main).not_to_contain_text("nobody's business")
    console.app.dataverse.bind_reference(UNBOUND_REFERENCE, "shared-load-73")
    main.get_by_role("button", name="Send again").click()
    console.confirm("Send the message again")
    expect(console.notice()).to_contain_text("was sent again")

    def started() -> str | None:
        runs = console.app.http.get("/runs", params={"idempotencyKey": "sent again"}).json()
        return next((run["runId"] for run in runs["value"]), None)

    assert console.app.until(until(started, "no run"))["status"] == "Succeeded"
    expect(main).to_contain_text("It has no message.")


def test_a_message_that_is_wrong_in_itself_says_so_field_by_field_and_is_removed(
    console: Console, requests: QueueClient
) -> None:
    requests.send_message(json.dumps(valid_body(runMode="never", colour="red")))
    main = read_rejected(console)
    expect(main).to_contain_text("runMode must be")
    expect(main).to_contain_text("colour")
    main.get_by_role("button", name="Remove").click()
    expect(console.dialog()).to_contain_text("no run comes of it")
    console.confirm("Remove the message")
    expect(console.notice()).to_contain_text("was removed")
    expect(main).to_contain_text("It has no message.")
