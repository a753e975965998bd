"""The governor's rule: how wide, how much, and never stuck."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.budget import RESERVED, SLICES, Budget
from shared.domain.governor import (
    AT_FIRST,
    FIRST_WIDTH,
    LATER,
    LONGEST_HOLD,
    SHORTEST_HOLD,
    Admission,
    Ended,
    Verdict,
    Width,
)
from shared.domain.protection import Protection

MOST = 52
ADMISSION = Admission.under(Protection())


def ended(
    verdict: Verdict = Verdict.ANSWERED, at: float = 1.0, began: float = 0.0, **more: float | bool
) -> Ended:
    told = {"under_way": 12, **more}
    return Ended(began, at, verdict, **told)  # type: ignore[arg-type]


def test_the_width_grows_by_one_an_answer_until_it_holds_what_the_user_may_have() -> None:
    width = Width(MOST)
    for answers in range(1, 100):
        width = width.answered()
        assert width.calls == min(MOST, FIRST_WIDTH + answers)


def test_after_a_refusal_it_grows_by_one_a_round_trip() -> None:
    width = Width(MOST, 20.0).refused(1.0, 2.0, under_way=20)
    assert (width.calls, width.learning) == (20 * AT_FIRST, False)
    for _ in range(10):
        width = width.answered()
    assert 10.9 < width.calls < 11


def test_a_round_trip_is_cut_once() -> None:
    """Calls that were under way at the cut were sent before anybody knew of it."""
    width = replace(Width(MOST, 40.0), learning=False)
    cut = width.refused(0.5, 1.0, under_way=40)
    assert cut.calls == 40 * LATER
    for began in (0.2, 0.9, 1.0):
        assert cut.refused(began, 1.3, under_way=39) == cut
    assert cut.refused(1.1, 1.5, under_way=30).calls == 30 * LATER


def test_what_was_under_way_is_cut_and_not_what_might_have_been() -> None:
    assert Width(MOST, 52.0).refused(0.0, 1.0, under_way=10).calls == 10 * AT_FIRST


def test_a_width_that_nobody_used_proves_nothing() -> None:
    after = ADMISSION.ended(ended(filled=False))
    assert after.width.calls == FIRST_WIDTH


def test_submissions_take_what_others_leave_and_others_have_a_reserve() -> None:
    wide = replace(ADMISSION, width=Width(MOST, 52.0))
    assert wide.room(0, 0, 0) == 48
    assert wide.room(0, 0, 4) == 48
    assert wide.room(0, 0, 20) == 32
    assert wide.room(0, 40, 8) == 4
    assert wide.room(0, 0, 60) == 1, "one submission at a time, whatever others do"
    assert wide.room(0, 1, 60) == 0


def test_too_many_calls_at_once_hold_submissions_only_shortly() -> None:
    crowded = ADMISSION.ended(ended(Verdict.CROWDED, at=10.0, asked=300.0))
    assert crowded.width.calls == FIRST_WIDTH * AT_FIRST
    assert crowded.room(10 + LONGEST_HOLD - 0.1, 0, 0) == 0
    assert crowded.room(10 + LONGEST_HOLD, 0, 0) == 6
    unsaid = ADMISSION.ended(ended(Verdict.CROWDED, at=10.0))
    assert unsaid.waits_until(10.0) == 10.0 + SHORTEST_HOLD
    again = unsaid.ended(ended(Verdict.CROWDED, began=11.5, at=12.0))
    assert again.waits_until(12.0) == 12.0 + 2 * SHORTEST_HOLD
    same = unsaid.ended(ended(Verdict.CROWDED, began=0.0, at=10.5))
    assert same.waits_until(10.5) == 10.0 + SHORTEST_HOLD


def test_submissions_stop_where_a_tenth_of_the_requests_is_left() -> None:
    more = ADMISSION.ended(ended(requests=601))
    assert more.room(1.0, 0, 0) == 1
    assert more.room(1.0, 1, 0) == 0
    stopped = ADMISSION.ended(ended(requests=600))
    assert (stopped.room(1.0, 0, 0), stopped.waits_until(1.0)) == (0, 2.0)


def test_a_tenth_is_of_what_dataverse_told_of_where_that_is_more() -> None:
    generous = ADMISSION.ended(ended(requests=8_000)).ended(ended(requests=801))
    assert generous.room(1.0, 0, 0) == 1
    assert generous.ended(ended(requests=800)).room(1.0, 0, 0) == 0


def test_one_odd_number_is_no_limit_for_ever() -> None:
    """A tenth of it would be more than there ever is."""
    odd = ADMISSION.ended(ended(requests=2_000_000_000)).ended(ended(at=2.0, requests=6_000))
    assert odd.room(2.0, 0, 0) == 0
    assert odd.ended(ended(at=700.0, requests=6_000)).room(700.0, 0, 0) > 0


def test_a_stop_ends_with_an_answer_that_says_more() -> None:
    stopped = ADMISSION.ended(ended(requests=600))
    assert stopped.ended(ended(at=1.1, requests=700)).room(1.1, 0, 0) > FIRST_WIDTH


def test_a_stop_that_nobody_answers_is_found_out_about_by_one_submission() -> None:
    stopped = ADMISSION.ended(ended(requests=100))
    assert stopped.room(2.0, 0, 0) == 1
    probed = stopped.found_out(2.0)
    assert probed.room(2.1, 0, 0) == 0
    assert probed.room(20.0, 0, 0) == 1, "its answer never came: another goes"
    assert probed.ended(ended(at=2.2, requests=2_000)).room(2.2, 0, 0) > FIRST_WIDTH


def test_a_stop_that_goes_on_is_asked_about_more_seldom() -> None:
    admission, now, waits = ADMISSION, 0.0, []
    for _ in range(7):
        admission = admission.ended(ended(at=now, requests=0))
        until = admission.waits_until(now)
        assert until is not None
        waits.append(round(until - now, 6))
        now = until
    assert waits == [1, 2, 4, 8, 10, 10, 10]


def test_the_execution_time_binds_before_the_requests_at_a_second_a_call() -> None:
    """1,200 s in 300 s: of what one process spends itself, where no header says anything."""
    admission, now, sent = ADMISSION, 0.0, 0
    while admission.room(now, 0, 0):
        sent, now = sent + 1, now + 0.001
        admission = admission.ended(ended(began=now - 1, at=now))
    assert sent == pytest.approx(1_080, abs=2)
    until = admission.waits_until(now)
    assert until is not None
    assert 300 <= until <= 300 + 300 / SLICES + 1
    assert admission.room(until, 0, 0) > 0


def test_a_call_that_nobody_answered_costs_what_others_do() -> None:
    """Two lanes whose calls hang for 100 s each must not spend the time that all others have."""
    admission = ADMISSION
    for _ in range(100):
        admission = admission.ended(ended(Verdict.UNKNOWN, began=0.0, at=100.0))
    assert admission.execution.spare(100.0) == pytest.approx(
        ADMISSION.execution.spare(0.0) - 100 * ADMISSION.typical
    )


def test_dataverse_knows_better_how_long_calls_took() -> None:
    """The way there and back counts here, and not there: its word goes over our measure."""
    admission = ADMISSION
    for _ in range(500):
        admission = admission.ended(ended(began=0.0, at=3.0, execution=900.0))
    assert admission.room(3.0, 0, 0) > 0
    assert admission.ended(ended(began=2.9, at=3.0, execution=119.0)).room(3.0, 0, 0) == 0


calls: st.SearchStrategy[dict[str, object]] = st.builds(
    dict,
    verdict=st.sampled_from(Verdict),
    took=st.floats(0, 200),
    later=st.floats(0, 400),
    under_way=st.integers(1, 60),
    submission=st.booleans(),
    filled=st.booleans(),
    asked=st.none() | st.floats(0, 1e12, allow_nan=False),
    requests=st.none() | st.integers(0, 20_000),
    execution=st.none() | st.floats(0, 5_000),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(calls, max_size=30),
    st.builds(
        Protection,
        at_once=st.integers(1, 200),
        requests=st.integers(10, 10_000),
        execution=st.floats(1, 5_000),
        window=st.floats(1, 600),
    ),
)
def test_whatever_is_answered_nothing_stands_still_for_ever(
    happened: list[dict[str, object]], protection: Protection
) -> None:
    """With nothing under way, a submission may begin within a window and a tenth of it."""
    admission, now = Admission.under(protection), 0.0
    for each in happened:
        fields = dict(each)
        now += float(fields.pop("later"))  # type: ignore[arg-type]
        took = min(now, float(fields.pop("took")))  # type: ignore[arg-type]
        admission = admission.ended(Ended(now - took, now, **fields))  # type: ignore[arg-type]
        assert 1 <= admission.width.calls <= protection.at_once
        room = admission.room(now, 0, 0)
        assert 0 <= room <= protection.at_once
        if room:
            admission = admission.found_out(now)
    waited, patience = now, protection.window * (1 + 2 / SLICES) + LONGEST_HOLD
    for _ in range(SLICES * 3):
        if admission.room(waited, 0, 0):
            break
        until = admission.waits_until(waited)
        assert until is not None, "no room, nothing under way, and nothing to wait for"
        assert until > waited
        waited = until
    assert admission.room(waited, 0, 0) > 0
    assert waited - now <= patience


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 50), st.floats(0, 10)), max_size=40),
    st.floats(1, 100),
)
def test_what_was_spent_is_never_forgotten_before_it_leaves_the_window(
    spent: list[tuple[float, float]], window: float
) -> None:
    budget, now = Budget(1_000.0, window), 0.0
    history: list[tuple[float, float]] = []
    for later, amount in spent:
        now += later
        budget = budget.spend(amount, now)
        history.append((now, amount))
        least = sum(cost for at, cost in history if at > now - window)
        most = sum(cost for at, cost in history if at > now - window * (1 + 1 / SLICES) - 1e-6)
        own = 1_000 * (1 - RESERVED) - budget.spare(now)
        assert least - 1e-6 <= own <= most + 1e-6
        assert math.isfinite(own)
