"""The submission window: taking slots, settling them, and when the next one frees.

That the limit holds, whatever happens, is in test_window_model.py.
"""

import pytest

from shared.domain.window import ClaimedSlots, Pace, SubmissionWindow

WINDOW, DEADLINE, MARGIN = 60, 100, 7
SMALL = Pace(limit=3, window=WINDOW, deadline=DEADLINE, margin=MARGIN)


class TestShowing:
    """What operators see of it: each slot is free, in flight, or held until some time."""

    def test_a_claimed_slot_is_in_flight_until_its_submission_is_over_for_sure(self) -> None:
        window = SubmissionWindow().take("a", 2, 1_000, SMALL)
        over = 1_000 + DEADLINE
        assert (window.in_flight(over - 1, SMALL), window.freeing(over - 1, SMALL)) == (2, [])
        ends = over + WINDOW + MARGIN
        assert (window.in_flight(over, SMALL), window.freeing(over, SMALL)) == (0, [ends, ends])
        assert (window.free(ends, SMALL), window.freeing(ends, SMALL)) == (3, [])

    def test_an_answered_slot_is_held_for_a_window(self) -> None:
        window = SubmissionWindow().take("a", 3, 1_000, SMALL)
        window = window.settle("a", 3, [1_005, 1_002], 0, SMALL)
        assert window.freeing(1_010, SMALL) == [1_002 + WINDOW + MARGIN, 1_005 + WINDOW + MARGIN]
        assert window.in_flight(1_010, SMALL) == 1

    def test_slots_are_counted_from_when_they_were_used(self) -> None:
        window = SubmissionWindow().take("a", 3, 1_000, SMALL).settle("a", 3, [1_005], 0, SMALL)
        assert [window.taken_since(at, SMALL) for at in (999, 1_000, 1_004, 1_005)] == [3, 1, 1, 0]

    def test_the_last_hold_is_known_when_it_is_over_too(self) -> None:
        window = SubmissionWindow((10, 30), (ClaimedSlots("a", 1, 20),))
        assert (window.held_until, SubmissionWindow().held_until) == (30, 0)


class TestTake:
    def test_an_empty_window_has_all_slots_free_now(self) -> None:
        assert SubmissionWindow().free(5, SMALL) == 3
        assert SubmissionWindow().next_free_at(5, SMALL) == 5

    def test_a_claimed_slot_is_held_until_its_submission_is_long_over(self) -> None:
        window = SubmissionWindow().take("a", 3, 1_000, SMALL)
        ends = 1_000 + DEADLINE + WINDOW + MARGIN
        assert window.free(ends - 1, SMALL) == 0
        assert window.free(ends, SMALL) == 3
        assert window.next_free_at(1_000, SMALL) == ends

    @pytest.mark.parametrize("count", [-1, 0, 2])
    def test_more_than_is_free_cannot_be_taken(self, count: int) -> None:
        """Nor nothing: a claim without runs is a mistake."""
        window = SubmissionWindow().take("a", 2, 0, SMALL)
        with pytest.raises(ValueError, match=rf"cannot take {count} of 1 free slots"):
            window.take("b", count, 0, SMALL)

    def test_taking_forgets_holds_that_are_over(self) -> None:
        """The row stays small however long the lane lives."""
        window = SubmissionWindow((10, 20), (ClaimedSlots("old", 1, 15),))
        after = window.take("new", 1, 20, SMALL)
        assert after.answered == ()
        assert [slots.claim for slots in after.claimed] == ["new"]


class TestSettle:
    taken = SubmissionWindow().take("a", 3, 0, SMALL)

    def test_an_answered_slot_frees_a_window_and_a_margin_after_its_answer(self) -> None:
        window = self.taken.settle("a", 3, [20], 0, SMALL)
        assert window.next_free_at(20, SMALL) == 20 + WINDOW + MARGIN
        assert window.free(20 + WINDOW + MARGIN, SMALL) == 1

    def test_a_slot_that_was_never_used_is_free_at_once(self) -> None:
        assert self.taken.settle("a", 3, [], 2, SMALL).free(1, SMALL) == 2

    def test_a_slot_of_unknown_outcome_keeps_the_long_hold(self) -> None:
        window = self.taken.settle("a", 3, [20], 1, SMALL)
        assert window.claimed == (ClaimedSlots("a", 1, SMALL.claimed_hold),)

    def test_a_claim_can_be_settled_part_by_part(self) -> None:
        window = self.taken.settle("a", 3, [20], 0, SMALL).settle("a", 2, [30], 1, SMALL)
        assert window == SubmissionWindow((20 + WINDOW + MARGIN, 30 + WINDOW + MARGIN))

    def test_settling_twice_changes_nothing_the_second_time(self) -> None:
        once = self.taken.settle("a", 3, [20], 1, SMALL)
        assert once.settle("a", 3, [20], 1, SMALL) is once

    def test_nothing_known_changes_nothing(self) -> None:
        assert self.taken.settle("a", 3, [], 0, SMALL) is self.taken

    def test_a_claim_whose_holds_are_over_is_not_settled(self) -> None:
        assert self.taken.settle("gone", 3, [20], 0, SMALL) is self.taken

    def test_other_claims_keep_their_holds(self) -> None:
        both = SubmissionWindow().take("a", 1, 0, SMALL).take("b", 2, 5, SMALL)
        window = both.settle("a", 1, [20], 0, SMALL)
        assert window.claimed == (ClaimedSlots("b", 2, 5 + SMALL.claimed_hold),)

    def test_more_outcomes_than_slots_are_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="more outcomes than the 3 slots of claim a"):
            self.taken.settle("a", 3, [1, 2], 2, SMALL)


class TestLastFreeBy:
    """How long to wait for several slots that free one by one."""

    full = SubmissionWindow(answered=(100, 110, 130))

    @pytest.mark.parametrize(
        ("horizon", "last"), [(99, 90), (100, 100), (115, 110), (130, 130), (500, 130)]
    )
    def test_it_is_the_end_of_the_last_hold_up_to_the_horizon(
        self, horizon: int, last: int
    ) -> None:
        assert self.full.last_free_by(90, horizon, SMALL) == last

    def test_holds_beyond_the_limit_free_no_slot(self) -> None:
        """After the limit was lowered, the first holds to end free nothing."""
        lower = Pace(1, WINDOW, DEADLINE, MARGIN)
        assert self.full.last_free_by(90, 115, lower) == 90
        assert self.full.last_free_by(90, 130, lower) == 130
        assert self.full.next_free_at(90, lower) == 130


class TestExpectedAt:
    """Callers are told when their turn should come; with calls in flight nearly answered."""

    def test_while_slots_are_free_the_next_run_goes_now(self) -> None:
        assert SubmissionWindow((50,)).expected_at(0, 10, SMALL) == 10
        assert SubmissionWindow((50,)).expected_at(1, 10, SMALL) == 10

    def test_after_the_free_slots_each_run_gets_the_next_one_that_frees(self) -> None:
        window = SubmissionWindow((50, 60, 70))
        assert [window.expected_at(place, 10, SMALL) for place in range(3)] == [50, 60, 70]

    def test_each_round_of_the_window_is_one_hold_later(self) -> None:
        window = SubmissionWindow((50, 60, 70))
        assert window.expected_at(3, 10, SMALL) == 50 + WINDOW + MARGIN
        assert window.expected_at(7, 10, SMALL) == 60 + 2 * (WINDOW + MARGIN)

    def test_a_call_in_flight_is_taken_to_be_answered_soon(self) -> None:
        window = SubmissionWindow().take("a", 3, 10, SMALL)
        assert window.expected_at(0, 10, SMALL) == 10 + WINDOW + MARGIN
