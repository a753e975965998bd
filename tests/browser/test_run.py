"""One run: what it does, why it waits and until when, its life, and what can be done about it."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Route, expect

from local.emulator.catalogue import POST_INVOICE
from tests.support.console import Console


def test_a_running_run_is_cancelled_and_the_page_says_asked_and_then_what_came_of_it(
    console: Console,
) -> None:
    app = console.app
    app.dataverse.hold("machines")
    run_id = app.start(inputs={"InvoiceNumber": "2026-1"}, correlationId="to be cancelled")
    app.until(run_id, "Running")
    console.open(f"runs/{run_id}")
    expect(console.heading()).to_contain_text("Running")
    console.press("Cancel run …")
    expect(console.dialog()).to_contain_text(run_id)
    expect(console.dialog()).to_contain_text("to be cancelled")
    expect(console.dialog()).to_contain_text("Dataverse is asked to cancel its flow session")
    console.confirm("Cancel the run")
    expect(console.notice()).to_contain_text("Cancellation of run")
    expect(console.heading()).to_contain_text("Cancelled")
    expect(console.notice()).to_contain_text("The run is cancelled.")
    assert app.run(run_id)["status"] == "Cancelled"
    expect(console.page.get_by_role("button", name="Cancel run …")).to_have_count(0)


def test_a_run_that_waits_says_why_and_until_when_in_a_sentence(console: Console) -> None:
    app = console.app
    connection = "shared-load-71"
    app.until(app.start(connectionName=connection))
    (lane,) = (
        each
        for each in app.http.get("/lanes").json()["value"]
        if each["connectionName"] == connection
    )
    told = {"reason": "The server is being patched", "until": "2099-01-01T10:00:00Z"}
    app.http.post(f"/lanes/{lane['laneId']}/pause", json=told)
    run_id = app.start(connectionName=connection)
    console.open(f"runs/{run_id}")
    waits = console.page.get_by_test_id("waits")
    expect(waits).to_contain_text("Why it waits: The server is being patched.")
    expect(waits).to_contain_text(re.compile(r"1 Jan 2099 10:00:00"))
    app.http.post(f"/lanes/{lane['laneId']}/resume")
    expect(console.heading()).to_contain_text("Succeeded")
    expect(waits).to_have_count(0)


def test_a_failed_run_says_why_what_to_do_and_whether_its_robot_may_have_started(
    console: Console,
) -> None:
    app = console.app
    run = app.until(app.start(inputs={"Outcome": "NoCandidateMachine"}))
    assert run["status"] == "Failed"
    console.open(f"runs/{run['runId']}")
    error = console.page.get_by_role("region", name="Why it failed")
    expect(error).to_contain_text("NoCandidateMachine")
    expect(error).to_contain_text("The robot did not start.")
    expect(error).to_contain_text(run["error"]["advice"])
    life = console.page.get_by_role("region", name="Its life")
    expect(life.get_by_role("listitem").last).to_contain_text("Failed")
    expect(life.get_by_role("img")).to_be_visible()


def test_an_end_that_no_callback_told_says_when_the_robot_was_done_and_when_that_was_known(
    console: Console,
) -> None:
    """Operators see by it that callbacks do not arrive: nothing fails of that."""
    app = console.app
    app.dataverse.hold("machines")
    app.dataverse.hold("callbacks")
    run_id = app.start()
    session_id = app.until(run_id, "Running")["flowSessionId"]
    done = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    app.dataverse.change_session(session_id, columns={"completedon": json.dumps(done)})
    app.dataverse.release("machines")
    run = app.until(run_id)
    console.open(f"runs/{run_id}")
    known_late = console.page.get_by_test_id("known-late")
    expect(known_late).to_contain_text("no callback of Dataverse told it in time")
    for at in (run["completedAt"], run["endedAt"]):
        expect(known_late).to_contain_text(at[11:19])


def test_what_can_be_done_stays_where_it_is_while_the_app_has_not_said_what_the_key_may_do(
    console: Console,
) -> None:
    """It cannot be pressed yet, and nobody is told that the key may only read."""
    app, page = console.app, console.page
    app.dataverse.hold("machines")
    run_id = app.start()
    app.until(run_id, "Running")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/attention", hold)
    console.open(f"runs/{run_id}")
    cancel = page.get_by_role("button", name="Cancel run …")
    expect(cancel).to_be_disabled()
    expect(page.get_by_role("banner")).not_to_contain_text("Read only")
    copy = page.get_by_role("button", name="Copy link")
    before = copy.bounding_box()
    held[0].continue_()
    expect(cancel).to_be_enabled()
    after = copy.bounding_box()
    assert before is not None
    assert after is not None
    assert before["x"] == after["x"]


def test_a_run_is_copied_as_a_link_and_as_a_curl_that_works(console: Console) -> None:
    app, page = console.app, console.page
    run_id = app.start()
    app.until(run_id)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    console.open(f"runs/{run_id}")
    console.press("Copy link")
    assert page.evaluate("navigator.clipboard.readText()") == f"{console.address}#/runs/{run_id}"
    console.press("Copy curl")
    command = page.evaluate("navigator.clipboard.readText()")
    answer = subprocess.run(
        ["sh", "-c", command],
        env={"BROKER_KEY": console.key, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert json.loads(answer.stdout)["runId"] == run_id
    assert console.key not in command


def test_a_run_that_is_not_there_is_told(console: Console) -> None:
    console.watch.expect("status of 404")
    console.open("runs/none")
    expect(console.page.get_by_role("main").get_by_role("alert")).to_be_visible()


def test_what_the_robot_gave_back_is_read_only_when_it_is_asked_for(console: Console) -> None:
    run_id = console.app.start(workflowId=POST_INVOICE.id, inputs={"Amount": 119.0})
    console.app.until(run_id)
    console.open(f"runs/{run_id}")
    expect(console.heading()).to_contain_text("Succeeded")
    assert not [each for each in console.watch.requests if each.endswith("/outputs")]
    console.press("Show outputs")
    outputs = console.page.get_by_role("region", name="Outputs")
    expect(outputs).to_contain_text("Done")
    expect(outputs).to_contain_text("119.0")
