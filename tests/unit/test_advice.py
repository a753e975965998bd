"""There is always advice: never to start again what goes on, nor blindly what may have worked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.advice import advice
from shared.domain.codes import CATALOGUE, Kind
from shared.domain.session import ROBOT_NEVER_STARTED
from tests.support.codes import NEEDS_A_PERSON

SAFE = "starting again is safe"
LOOK_FIRST = "look before starting again"
STARTED = st.sampled_from((True, False, None))
CODES = st.text(max_size=30) | st.sampled_from(sorted(CATALOGUE))


@given(code=CODES, started=STARTED, ended=st.booleans())
def test_there_is_advice_on_any_code(code: str, started: bool | None, ended: bool) -> None:
    told = advice(code, robot_may_have_started=started, ended=ended)
    assert told.strip().endswith((".", "?"))


@given(code=CODES, started=st.sampled_from((True, None)), ended=st.booleans())
def test_nobody_is_told_that_it_is_safe_where_it_is_not_known(
    code: str, started: bool | None, ended: bool
) -> None:
    assert SAFE not in advice(code, robot_may_have_started=started, ended=ended)


@given(code=CODES, started=STARTED)
def test_nobody_is_told_to_start_a_run_again_that_goes_on(code: str, started: bool | None) -> None:
    """Whoever did would have two runs, and the robot would work twice."""
    assert SAFE not in advice(code, robot_may_have_started=started, ended=False)


@pytest.mark.parametrize("code", sorted(ROBOT_NEVER_STARTED))
def test_a_robot_that_never_started_may_be_sent_again(code: str) -> None:
    assert f"{SAFE}, by hand or with `retries`" in advice(code, robot_may_have_started=False)


@pytest.mark.parametrize("code", sorted(ROBOT_NEVER_STARTED))
def test_a_left_over_code_does_not_say_that_the_robot_never_started(code: str) -> None:
    """As on a session that timed out: what the run says of its robot counts."""
    assert LOOK_FIRST in advice(code, robot_may_have_started=True)


@pytest.mark.parametrize("code", NEEDS_A_PERSON)
def test_what_needs_a_person_is_said_and_never_to_start_again_as_it_is(code: str) -> None:
    cause = CATALOGUE[code].advice
    assert advice(code, robot_may_have_started=True).startswith(cause)
    refused = advice(code, robot_may_have_started=False)
    assert f"once the cause is mended, {SAFE}" in refused


@pytest.mark.parametrize("code", ["SessionNotFound", "WcfServerCrash", "SomethingUnheardOf"])
def test_where_the_robot_may_have_worked_somebody_looks_first(code: str) -> None:
    assert LOOK_FIRST in advice(code, robot_may_have_started=True)


def test_where_nothing_is_known_somebody_looks_at_the_sessions() -> None:
    assert "look at the flow sessions" in advice("0x80048999", robot_may_have_started=None)


@pytest.mark.parametrize(
    "code", [name for name, code in CATALOGUE.items() if Kind.WAIT in code.kinds]
)
def test_a_wait_has_advice_of_its_own(code: str) -> None:
    told = advice(code, robot_may_have_started=None, ended=False)
    assert told.startswith(CATALOGUE[code].advice)


@pytest.mark.parametrize("code", ["NotFound", "InvalidRequest", "Unavailable", "TooMany"])
def test_a_code_of_our_own_answers_means_something_else_as_anothers_error(code: str) -> None:
    """A service behind Dataverse may use the same word."""
    told = advice(code, robot_may_have_started=False)
    assert CATALOGUE[code].advice not in told
