"""What a caller waits for: a change of a run that he would do something about."""

from dataclasses import replace

import pytest
from hypothesis import given

from shared.domain.run import Run, RunStatus
from shared.domain.run.stage import stage_of
from tests.support.runs import NOW, any_runs, queued, running, submitting


def test_each_state_is_a_stage_but_for_the_moment_of_a_submission() -> None:
    """It passes within a second, or ends as Unconfirmed: a call each way would tell nothing."""
    stages = {status: stage_of(queued(status=status)) for status in RunStatus}
    assert stages.pop(RunStatus.SUBMITTING) == stages[RunStatus.QUEUED]
    assert len(set(stages.values())) == len(RunStatus) - 1


@pytest.mark.parametrize(
    "changes",
    [{"needs_operator_at": NOW}, {"overdue_at": NOW}],
    ids=["somebody has to decide", "it should have ended"],
)
def test_what_a_caller_has_to_hear_of_is_a_stage_of_its_own(changes: dict[str, int]) -> None:
    assert stage_of(running(**changes)) != stage_of(running())


@pytest.mark.parametrize(
    ("run", "changes"),
    [
        (running(), {"polls": 7, "watch_at": NOW + 9}),
        (running(), {"started_at": NOW}),
        (queued(), {"due_at": NOW + 9}),
        (submitting(), {"claim": "another"}),
    ],
)
def test_what_goes_on_behind_the_scenes_is_no_change(run: Run, changes: dict[str, object]) -> None:
    assert stage_of(replace(run, **changes)) == stage_of(run)  # type: ignore[arg-type]  # by field


@given(run=any_runs)
def test_a_stage_can_stand_in_a_tag(run: Run) -> None:
    stage = stage_of(run)
    assert stage.isascii()
    assert stage.isalpha()
