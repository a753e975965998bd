"""The benchmarks' statistics: medians that one disturbed sample does not move."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.harness.effort import Effort, NotMeasuredError
from benchmarks.harness.interleaving import in_turn
from benchmarks.harness.statistics import Pairs, quantile, slope

SAMPLES = st.lists(st.floats(0.001, 1000), min_size=1, max_size=50)


@given(SAMPLES, st.floats(0, 1))
def test_a_quantile_is_a_sample_that_so_many_do_not_exceed(
    samples: list[float], share: float
) -> None:
    found = quantile(samples, share)
    assert found in samples
    assert sum(each <= found for each in samples) >= share * len(samples) - 1e-9
    assert sum(each < found for each in samples) <= share * len(samples) + 1e-9


def test_the_95th_of_twenty_is_the_last_but_one() -> None:
    assert quantile(range(1, 21), 0.95) == 19
    assert quantile(range(1, 21), 1) == 20
    assert quantile(range(1, 21), 0) == 1


@pytest.mark.parametrize(("samples", "share"), [([], 0.5), ([1.0], 1.1), ([1.0], -0.1)])
def test_what_has_no_quantile_is_refused(samples: list[float], share: float) -> None:
    with pytest.raises(ValueError, match="samples"):
        quantile(samples, share)


def test_one_disturbed_pair_does_not_move_the_ratio() -> None:
    pairs = Pairs((1.0, 1.0, 90.0, 1.0, 1.0), (1.5, 1.5, 1.5, 70.0, 1.5))
    assert pairs.ratio == 1.5
    assert pairs.spread == (1.5, 1.5)


def test_samples_without_a_partner_are_refused() -> None:
    with pytest.raises(ValueError, match="each sample"):
        Pairs((1.0, 2.0), (1.0,))
    with pytest.raises(ValueError, match="each sample"):
        Pairs((), ())


@given(st.floats(-100, 100), st.integers(-1000, 1000))
def test_a_slope_is_that_of_the_line_through_most_points(rise: float, start: int) -> None:
    points = [(float(x), start + rise * x) for x in range(9)]
    points[4] = (4.0, 1e9)
    assert slope(points) == pytest.approx(rise, abs=1e-6)


def test_points_above_one_another_have_no_slope() -> None:
    with pytest.raises(ValueError, match="two points"):
        slope([(1.0, 2.0), (1.0, 3.0)])


class TestInTurn:
    """Floor and subject are taken in turn, within their time."""

    @staticmethod
    def effort(tmp_path_factory: pytest.TempPathFactory, seconds: float) -> Effort:
        return Effort(False, time.monotonic() + seconds, tmp_path_factory.getbasetemp())

    def test_each_goes_first_as_often_and_warming_up_does_not_count(
        self, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        order: list[str] = []

        def sample(name: str) -> float:
            order.append(name)
            return float(len(order))

        effort = self.effort(tmp_path_factory, 300)
        pairs = in_turn(
            effort, lambda: sample("floor"), lambda: sample("subject"), pairs=4, warm_up=1
        )
        assert order[:2] == ["floor", "subject"]
        assert order[2:] == ["floor", "subject", "subject", "floor"] * 2
        assert pairs.floor == (3.0, 6.0, 7.0, 10.0)
        assert pairs.subject == (4.0, 5.0, 8.0, 9.0)

    def test_without_time_for_three_pairs_nothing_is_told(
        self, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        with pytest.raises(NotMeasuredError, match="0 pairs"):
            in_turn(self.effort(tmp_path_factory, -1), lambda: 1.0, lambda: 1.0, pairs=9)

    def test_when_time_is_up_what_there_is_counts(
        self, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each pair takes two seconds of a clock of the test's own, of which there are nine."""
        now = [0.0]

        def sample() -> float:
            now[0] += 1
            return 1.0

        monkeypatch.setattr(time, "monotonic", lambda: now[0])
        effort = Effort(False, 9.0, tmp_path_factory.getbasetemp())
        assert len(in_turn(effort, sample, sample, pairs=99, warm_up=0).floor) == 5


class TestUntil:
    """A measure waits for a state, and never longer than it may take."""

    def test_it_gives_what_the_condition_gave(
        self, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        given_in_turn = iter([None, "", "there"])
        effort = TestInTurn.effort(tmp_path_factory, 300)
        assert effort.until(lambda: next(given_in_turn), "never", every=0) == "there"

    @pytest.mark.parametrize(("whole", "seconds"), [(-1.0, None), (300.0, -1.0)])
    def test_it_says_what_never_came(
        self, tmp_path_factory: pytest.TempPathFactory, whole: float, seconds: float | None
    ) -> None:
        effort = TestInTurn.effort(tmp_path_factory, whole)
        with pytest.raises(NotMeasuredError, match="it never came"):
            effort.until(lambda: None, "it never came", seconds=seconds)

    def test_quick_runs_measure_less(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        folder = tmp_path_factory.getbasetemp()
        assert Effort(True, 0, folder).of(100, 5) == 5
        assert Effort(False, 0, folder).of(100, 5) == 100
