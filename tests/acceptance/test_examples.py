"""The examples that can be run here are run, as they stand, against the whole app."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.broker import Broker, valid_body
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
    "4712": [*CURL, "4712"],
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


@pytest.mark.parametrize("command", [[*PYTHON, "invoice-9", *FLOW], [*CURL, "9"]])
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


def test_the_program_is_short() -> None:
    """From a name to the outputs without a GUID: whoever wants that has little to write."""
    text = (EXAMPLES / "run_flow.py").read_text(encoding="utf-8")
    program = text.partition("import requests\n")[2]
    assert len([line for line in program.splitlines() if line]) <= 15
