"""A run that nobody else can decide about is decided from the page alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from local.emulator.catalogue import READ_BALANCE
from local.emulator.faults import Fault
from tests.support.broker import Broker, Json, broker
from tests.support.console import OPERATOR, Console


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """An app whose environment never shows a callback URL; nor has it an address itself."""
    folder = tmp_path_factory.mktemp("broker")
    with broker(folder, limit=1000, settings={"CALLBACK_BASE_URL": ""}) as made:
        yield made


@pytest.fixture
def undecided(app: Broker) -> list[Json]:
    """Two runs that nobody can tell apart, and one session, which is of one of them."""
    app.dataverse.change_behaviour(callbackurl_column="dropped")
    lost = Fault(action="RunDesktopFlow", workflow=READ_BALANCE.id, lost_answer=True)
    app.dataverse.add_fault(lost)
    app.dataverse.add_fault(Fault(action="RunDesktopFlow", workflow=READ_BALANCE.id, html=502))
    alike = {"workflowId": READ_BALANCE.id, "connectionName": "shared-load-72"}
    run_ids = [app.start(**alike, inputs={"Account": "4711"}) for _ in range(2)]
    return [app.until_it(each, lambda run: run["needsOperator"]) for each in run_ids]


def test_an_unconfirmed_run_is_decided_beside_its_candidates(
    console: Console, undecided: list[Json]
) -> None:
    """What speaks for each session and against it; the choice is named, and kept with its name."""
    run_id, candidates = undecided[0]["runId"], undecided[0]["candidates"]
    console.open()
    needs = console.page.get_by_role("region", name="Needs you")
    expect(needs).to_contain_text("2 runs wait for a decision.")
    needs.get_by_role("link", name=re.compile(run_id[-8:])).click()
    expect(console.heading()).to_contain_text("Unconfirmed")
    decide = console.page.get_by_role("region", name="Decide")
    expect(decide).to_contain_text(candidates[0]["flowSessionId"])
    for reason in candidates[0]["speaksFor"] + candidates[0]["speaksAgainst"]:
        expect(decide).to_contain_text(reason)
    decide.get_by_role("button", name="Adopt session 1").click()
    expect(console.dialog()).to_contain_text("Nothing is submitted.")
    console.dialog().get_by_label("Your name").fill(OPERATOR)
    console.dialog().get_by_label("Reason").fill("The balance was read at the terminal")
    console.confirm("Adopt the session")
    expect(console.notice()).to_contain_text("Adoption of run")
    expect(console.heading()).to_contain_text(re.compile("Running|Succeeded"))
    decision = console.page.get_by_role("region", name="Decision")
    expect(decision).to_contain_text(f"{OPERATOR} adopted a session")
    expect(decision).to_contain_text("The balance was read at the terminal")
    assert console.app.until(run_id)["flowSessionId"] == candidates[0]["flowSessionId"]
    assert console.app.until(undecided[1]["runId"])["status"] == "Succeeded"


def test_submitting_again_takes_a_typed_word_and_is_refused_while_a_session_may_be_its_own(
    console: Console, undecided: list[Json]
) -> None:
    console.watch.expect("status of 409")
    run_id = undecided[0]["runId"]
    console.open(f"runs/{run_id}")
    console.press("Submit again …")
    dialog = console.dialog()
    dialog.get_by_label("Your name").fill(OPERATOR)
    act = dialog.get_by_role("button", name="Submit the run again")
    expect(act).to_be_disabled()
    dialog.get_by_label("Type").fill("submit again")
    act.click()
    expect(dialog.get_by_role("alert")).to_contain_text("SessionsFound")
    expect(dialog).to_contain_text(undecided[0]["candidates"][0]["flowSessionId"])
    dialog.get_by_role("checkbox").check()
    expect(act).to_be_disabled()
    dialog.get_by_role("button", name="Leave it").click()
    assert console.app.run(run_id)["status"] == "Unconfirmed"
    assert len(console.app.dataverse.state().submissions) == 2
    for each in undecided:
        resolved = console.app.http.post(f"/runs/{each['runId']}/resolve", json={"action": "fail"})
        assert resolved.status_code == 200
