"""A run in the words of long-running operations, whatever became of it."""

import pytest
from hypothesis import given

from shared.domain.run import FINAL, Run, RunError, RunStatus
from shared.triggers.operations import operation_json
from tests.support.runs import any_runs, queued

ENDS = {"Succeeded", "Failed", "Canceled"}
"""What azure-core takes for an end (polling/base_polling.py)."""

LINK = "https://broker.example/api/runs/1"


@given(run=any_runs)
def test_a_poller_sees_every_end_and_nothing_else_as_one(run: Run) -> None:
    told = operation_json(run, LINK)
    assert told["id"] == run.id
    assert (told["status"] in ENDS) == (run.status in FINAL)
    assert (told["status"] == "Succeeded") == (run.status is RunStatus.SUCCEEDED)
    assert ("resourceLocation" in told) == (told["status"] == "Succeeded")
    assert ("error" in told) == (told["status"] == "Failed")


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.TIMED_OUT])
def test_a_failure_is_told_with_its_code_and_words_and_never_without(status: RunStatus) -> None:
    error = RunError("MachineNotFound", "The machine is gone.")
    told = operation_json(queued(status=status, error=error), LINK)["error"]
    assert told == {"code": "MachineNotFound", "message": "The machine is gone."}
    bare = operation_json(queued(status=status), LINK)["error"]
    assert bare["code"] == status
    assert bare["message"]
