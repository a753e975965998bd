"""What callers see of runs that failed or wait: never without advice."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.codes import CATALOGUE
from shared.domain.lane import Lane
from shared.domain.pause import FOR_EVER, Pause
from shared.domain.run import FINAL, Run, RunError, RunStatus
from shared.domain.run.waiting import waiting_for
from shared.services.reading.lane_views import Outlook
from shared.triggers.rendering import outlook_json, run_json
from tests.support.runs import LANE, NOW, PACE, any_runs, queued

FREE = Lane(LANE, "org.crm.dynamics.com", "shared_uiflow_1")
CODES = st.sampled_from(sorted(CATALOGUE)) | st.text(max_size=30)
STARTED = st.sampled_from((True, False, None))


@given(code=CODES, started=STARTED, status=st.sampled_from(RunStatus))
def test_an_error_is_never_told_without_advice(
    code: str, started: bool | None, status: RunStatus
) -> None:
    error = RunError(code, "", robot_may_have_started=started)
    assert run_json(queued(status=status, error=error))["error"]["advice"]


@pytest.mark.parametrize(
    "code", ["NoCandidateMachine", "0x80072322", "DesktopFlowsActionThrottled"]
)
def test_a_run_that_goes_on_is_not_to_be_started_again(code: str) -> None:
    """It is queued again with the error of its last start: another run would be a second one."""
    error = RunError(code, "", robot_may_have_started=False)
    told = {
        status: run_json(queued(status=status, error=error))["error"]["advice"]
        for status in (RunStatus.QUEUED, RunStatus.FAILED)
    }
    assert "do not start it again" in told[RunStatus.QUEUED]
    assert "starting again is safe" in told[RunStatus.FAILED]


@given(run=any_runs, code=CODES, pauses=st.booleans())
def test_a_run_that_waits_is_never_told_without_advice(run: Run, code: str, pauses: bool) -> None:
    lane = replace(FREE, stopped=Pause(FOR_EVER, code, "", NOW)) if pauses else FREE
    waiting = waiting_for(run, lane, NOW, PACE, NOW)
    told = outlook_json(Outlook(None, waiting))["waitingFor"]
    if run.status in FINAL:
        assert told is None
    elif told is not None:
        assert told["advice"]
        assert told["message"]
    else:
        assert run.status is RunStatus.RUNNING
