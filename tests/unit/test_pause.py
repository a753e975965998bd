"""Holds of an environment: heard together once, ended by who knows, found out by one."""

import math
from dataclasses import replace

import pytest

from shared.domain.pause import LONGEST, SHORTEST, Hold, Pause, Why, asked_ms, growing

NOW = 1_795_540_000_000


def told(hold: Hold, code: Why, at: int, wait: int, *, by_submission: bool = True) -> Hold:
    return hold.told(Pause(at + wait, code, "words", at), at, by_submission=by_submission)


REFUSED = told(Hold(), Why.APP_UNAUTHORIZED, NOW, 2_000)
PROTECTED = told(Hold(), Why.SERVICE_PROTECTION, NOW, 60_000)


@pytest.mark.parametrize(
    ("seconds", "asked"),
    [
        (None, 0),
        (math.nan, 0),
        (-1.0, SHORTEST),
        (0.0, SHORTEST),
        (0.001, SHORTEST),
        (7.0, 7_000),
        (1e300, LONGEST),
        (math.inf, LONGEST),
    ],
)
def test_what_is_asked_for_has_bounds(seconds: float | None, asked: int) -> None:
    assert asked_ms(seconds) == asked


@pytest.mark.parametrize(
    ("asked", "times", "wait"),
    [(0, 0, 1_000), (0, 3, 8_000), (0, 10**9, 60_000), (5_000, 0, 5_000), (10**18, 0, LONGEST)],
)
def test_a_wait_grows_up_to_a_bound_and_is_no_shorter_than_asked(
    asked: int, times: int, wait: int
) -> None:
    assert growing(asked, times, first=1_000, last=60_000) == wait


def test_those_who_hear_of_it_together_count_once() -> None:
    again = told(REFUSED, Why.APP_UNAUTHORIZED, NOW + 100, 2_000)
    assert (again.times, again.pause.since) == (1, NOW)


def test_who_hears_of_it_after_the_pause_counts_and_the_reason_is_as_old_as_it_was() -> None:
    again = told(REFUSED, Why.APP_UNAUTHORIZED, NOW + 2_500, 4_000)
    assert (again.times, again.pause.since, again.pause.until) == (2, NOW, NOW + 6_500)


def test_after_a_refusal_one_finds_out_and_its_answer_counts_for_itself() -> None:
    """It once counted as part of the same refusal, and was asked for every ten seconds."""
    assert REFUSED.probed(NOW + 1_999, 10_000) is REFUSED
    probed = REFUSED.probed(NOW + 2_000, 10_000)
    assert probed.holds(NOW + 2_001)
    assert probed.probed(NOW + 2_002, 10_000) is probed
    refused_again = told(probed, Why.APP_UNAUTHORIZED, NOW + 2_300, 4_000)
    assert (refused_again.times, refused_again.pause.until) == (2, NOW + 6_300)


def test_nobody_has_to_find_out_where_dataverse_said_until_when() -> None:
    assert PROTECTED.probed(NOW + 60_000, 10_000) is PROTECTED


def test_what_was_sent_before_says_nothing() -> None:
    assert REFUSED.worked(NOW - 1, NOW + 500, submission=True) is REFUSED
    assert REFUSED.worked(NOW, NOW + 500, submission=True) == Hold()


def test_a_read_that_works_says_nothing_of_submissions() -> None:
    assert REFUSED.worked(NOW + 1, NOW + 500, submission=False) is REFUSED
    by_a_read = told(Hold(), Why.APP_UNAUTHORIZED, NOW, 2_000, by_submission=False)
    assert by_a_read.worked(NOW + 1, NOW + 500, submission=False) == Hold()


def test_dataverses_word_holds_whatever_another_of_its_servers_does() -> None:
    assert PROTECTED.worked(NOW + 1, NOW + 500, submission=True) is PROTECTED
    assert PROTECTED.worked(NOW + 60_000, NOW + 60_000, submission=True) == Hold()


def test_a_hold_of_a_clock_that_was_wrong_does_not_hold() -> None:
    wrong = replace(PROTECTED, pause=replace(PROTECTED.pause, until=NOW + 86_400_000))
    assert not wrong.holds(NOW)
    assert told(wrong, Why.SERVICE_PROTECTION, NOW, 5_000).pause.until == NOW + 5_000
