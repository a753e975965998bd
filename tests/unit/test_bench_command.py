"""The benchmarks' command: which measures are made, and that one that fails stops no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import command
from benchmarks.harness.effort import Effort, NotMeasuredError
from benchmarks.harness.figures import Figure, Outcome, Target
from benchmarks.harness.written import from_json
from benchmarks.measures import ALL
from benchmarks.measures.measure import Measure

WHOLE_SECONDS, QUICK_SECONDS = 20 * 60, 3 * 60
MISSES = Outcome((Figure("it", 2.0, "x", target=Target(1.5)),))


def fails(_: Effort) -> Outcome:
    raise NotMeasuredError("nothing ever came")


GOOD = Measure("good", "Good", 10, 1, lambda _: Outcome((Figure("it", 1.0, "x"),)))
BAD = Measure("bad", "Bad", 10, 1, fails)
POOR = Measure("poor", "Poor", 10, 1, lambda _: MISSES)


@pytest.fixture
def _three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "ALL", (GOOD, BAD, POOR))


def run(tmp_path: Path, *options: str) -> tuple[int, list[str]]:
    """Run the command; give its exit code and the names of what was measured."""
    kept = tmp_path / "deep" / "report.json"
    code = command.main([*options, "--json", str(kept)])
    return code, [each.name for each in from_json(kept.read_text()).measures]


def test_without_names_everything_is_measured_in_its_order() -> None:
    assert command.chosen(None) == list(ALL)
    assert command.chosen([]) == list(ALL)


def test_names_stand_between_commas_or_one_by_one() -> None:
    assert [each.name for each in command.chosen(["pace,start", "memory"])] == [
        "start",
        "memory",
        "pace",
    ]


def test_an_unknown_name_is_told_with_those_that_there_are() -> None:
    with pytest.raises(SystemExit, match=r"no measure strat; there are cold-start, .*start"):
        command.chosen(["strat"])


def test_measures_have_names_of_their_own() -> None:
    assert len({each.name for each in ALL}) == len(ALL)
    assert all(re.fullmatch(r"[a-z-]+", each.name) for each in ALL)


@pytest.mark.usefixtures("_three")
class TestRunning:
    def test_a_measure_that_fails_is_told_and_the_others_are_made(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(tmp_path) == (0, ["good", "bad", "poor"])
        assert "nothing ever came" in capsys.readouterr().out

    def test_strictly_a_target_that_is_missed_is_a_failure(self, tmp_path: Path) -> None:
        assert run(tmp_path, "--strict", "--only", "poor") == (1, ["poor"])
        assert run(tmp_path, "--strict", "--only", "good") == (0, ["good"])
        assert run(tmp_path, "--strict", "--only", "bad") == (1, ["bad"])

    def test_a_fault_of_its_own_is_not_hidden(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(_: Effort) -> Outcome:
            raise AttributeError("a mistake")

        monkeypatch.setattr(command, "ALL", (Measure("broken", "Broken", 1, 1, broken),))
        with pytest.raises(AttributeError, match="a mistake"):
            run(tmp_path)

    def test_each_measure_is_given_its_time_a_folder_and_what_others_found(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[Effort] = []

        def look(effort: Effort) -> Outcome:
            assert effort.folder.is_dir()
            effort.known["seen"] = len(seen)
            seen.append(effort)
            return Outcome()

        measures = (Measure("one", "One", 500, 50, look), Measure("two", "Two", 500, 50, look))
        monkeypatch.setattr(command, "ALL", measures)
        run(tmp_path)
        run(tmp_path, "--quick", "--only", "one")
        run(tmp_path, "--runs", "100000", "--only", "one")
        assert 400 < seen[0].left <= 500
        assert seen[1].known is seen[0].known
        assert seen[2].quick
        assert seen[2].left <= 50
        assert seen[3].left == float("inf")
        assert seen[3].runs == 100_000
        assert not seen[0].folder.exists()
