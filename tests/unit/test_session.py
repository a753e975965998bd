"""What a session's state and error code mean (the Dataverse contract, sections 6 and 9)."""

import pytest

from shared.domain.session import ROBOT_NEVER_STARTED, THROTTLED, TIMED_OUT, StatusCode
from tests.support.runs import session

FINISHED = {4, 5, 7, 8, 9, 10, 11, 12, 13, 14}
BAD_ENDS = (StatusCode.FAILED, StatusCode.FAULTED)


@pytest.mark.parametrize("statuscode", range(15))
def test_exactly_the_documented_codes_are_finished(statuscode: int) -> None:
    assert session(statuscode).finished == (statuscode in FINISHED)


@pytest.mark.parametrize("statuscode", [-1, 15, 1_000])
def test_a_code_that_nobody_has_documented_is_not_finished(statuscode: int) -> None:
    """A final state is never guessed: it is looked at again."""
    assert not session(statuscode).finished


@pytest.mark.parametrize("statuscode", StatusCode)
def test_only_a_session_that_failed_is_throttled(statuscode: StatusCode) -> None:
    """A code that is left over on a session that succeeded says nothing."""
    row = session(statuscode, error_code=THROTTLED)
    assert row.throttled == (statuscode in BAD_ENDS)
    assert row.never_started == (statuscode in BAD_ENDS)


@pytest.mark.parametrize("code", sorted(ROBOT_NEVER_STARTED))
def test_after_these_codes_the_robot_has_done_nothing(code: str) -> None:
    row = session(StatusCode.FAILED, error_code=code)
    assert row.never_started
    assert row.throttled == (code == THROTTLED)


@pytest.mark.parametrize(
    "code", [None, "", "SessionNotFound", "MachineNotFound", "WcfServerCrash", "Unheard", TIMED_OUT]
)
def test_after_any_other_code_it_may_have_started(code: str | None) -> None:
    assert not session(StatusCode.FAILED, error_code=code).never_started


def test_there_are_seventeen_codes_after_which_it_has_not_started() -> None:
    """As many as the contract lists: one more would let a robot work twice."""
    assert len(ROBOT_NEVER_STARTED) == 17


@pytest.mark.parametrize(
    ("statuscode", "code", "timed_out"),
    [
        (StatusCode.TIMED_OUT, None, True),
        (StatusCode.FAILED, TIMED_OUT, True),
        (StatusCode.FAULTED, TIMED_OUT, True),
        (StatusCode.FAILED, "WcfServerCrash", False),
        (StatusCode.SUCCEEDED, TIMED_OUT, False),
        (StatusCode.RUNNING, TIMED_OUT, False),
    ],
)
def test_a_passed_time_out_is_known_by_state_or_code(
    statuscode: StatusCode, code: str | None, timed_out: bool
) -> None:
    """Which of the two Dataverse writes is not documented."""
    assert session(statuscode, error_code=code).timed_out is timed_out
