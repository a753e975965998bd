"""The examples that can be run here are run, as they stand, against the whole app."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import Broker, broker, valid_body
from tests.support.patience import PATIENCE_SECONDS

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
PYTHON = [sys.executable, str(EXAMPLES / "run_flow.py")]
FLOW = ["Post invoice", "dfb_FinanceRobots"]
CURL = ["sh", str(EXAMPLES / "run_flow.sh")]
COMMANDS = {
    "4711": [
        *PYTHON,
        "order-4711",
        *FLOW,
        "InvoiceNumber=4711",
        "Amount=119.50",
    ],
    "4712": [*CURL, "order-4712", *FLOW, '{"InvoiceNumber": "4712", "Amount": 119.50}'],
}


def run(app: Broker, command: list[str]) -> subprocess.CompletedProcess[str]:
    environ = {
        "BROKER_URL": f"{app.hosts[0].url}/api",
        "BROKER_KEY": app.hosts[0].function_key,
    }
    return subprocess.run(
        command,
        env=os.environ | environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


@pytest.mark.parametrize("invoice", COMMANDS)
def test_an_example_runs_a_flow_and_prints_what_it_gave_back(app: Broker, invoice: str) -> None:
    before = {each["runId"] for each in app.all_runs()}
    done = run(app, COMMANDS[invoice])
    assert done.returncode == 0, done.stderr
    assert invoice in done.stdout
    again = run(app, COMMANDS[invoice])
    assert (again.returncode, again.stdout) == (0, done.stdout)
    started = {each["runId"] for each in app.all_runs()} - before
    assert len(started) == 1, "the same command again is the same run"


@pytest.mark.parametrize(
    "command",
    [[*PYTHON, "invoice-9", *FLOW], [*CURL, "invoice-9", *FLOW, "{}"]],
    ids=["python", "curl"],
)
def test_what_the_broker_refuses_is_told_and_ends_it(app: Broker, command: list[str]) -> None:
    """The key is another run's."""
    app.post(valid_body(correlationId="another"), key="invoice-9").raise_for_status()
    done = run(app, command)
    assert done.returncode != 0
    assert "The key names another run." in done.stderr


def test_a_slip_is_told_by_its_name(app: Broker) -> None:
    done = run(app, [*PYTHON, "order-4713", *FLOW, "InvoiceNumber=4713", "Amuont=1"])
    assert done.returncode != 0
    assert "inputs.Amuont: is not an input of this flow; did you mean 'Amount'?" in done.stderr


def test_a_flow_is_found_by_its_whole_name_alone(app: Broker) -> None:
    """What is found by a part of its name may be another flow."""
    for command in ([*PYTHON, "order-4714", "invoice"], [*CURL, "order-4714", "invoice"]):
        done = run(app, [*command, "dfb_FinanceRobots", "{}"])
        assert done.returncode != 0
    assert not app.http.get("/runs", params={"idempotencyKey": "order-4714"}).json()["value"]


@pytest.fixture(scope="module")
def sends_here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """An app that may send to this machine."""
    settings = {"NOTIFY_PRIVATE_HOSTS": "127.0.0.1"}
    with broker(tmp_path_factory.mktemp("sends"), settings=settings) as made:
        yield made


def test_an_example_is_told_of_the_end_as_an_engine_is(sends_here: Broker) -> None:
    command = [sys.executable, str(EXAMPLES / "wait_for_run.py"), "order-4715"]
    inputs = '{"InvoiceNumber": "4715", "Amount": 119.50}'
    done = run(sends_here, [*command, valid_body()["workflowId"], "dfb_FinanceRobots", inputs])
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["status"], told["outputs"]["InvoiceNumber"]) == ("Succeeded", "4715")


def test_an_address_that_the_app_may_not_send_to_is_told_with_the_setting(app: Broker) -> None:
    command = [sys.executable, str(EXAMPLES / "wait_for_run.py"), "order-4716"]
    done = run(app, [*command, valid_body()["workflowId"], "dfb_FinanceRobots", "{}"])
    assert done.returncode != 0
    assert "notificationUrl must be https" in done.stderr
    assert "NOTIFY_PRIVATE_HOSTS" in done.stderr


def test_the_program_is_short() -> None:
    """From a name to the outputs without a GUID: whoever wants that has little to write."""
    text = (EXAMPLES / "run_flow.py").read_text(encoding="utf-8")
    program = text.partition("import requests\n")[2]
    assert len([line for line in program.splitlines() if line]) <= 15
