"""The benchmarks' report: targets, JSON there and back, the table, the page and its pictures."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema import ValidationError
from rich.console import Console

from benchmarks.harness import page, terminal
from benchmarks.harness.drawing import HEIGHT, WIDTH, svg, ticks
from benchmarks.harness.figures import (
    Chart,
    Figure,
    Measured,
    Outcome,
    Report,
    Series,
    Target,
)
from benchmarks.harness.page import BEGINS, ENDS, pictures, put_in, section
from benchmarks.harness.written import from_json, to_json

REACHED = Figure("a start", 1.2, "x", "bare calls, 9 ms", Target(1.5), (1.1, 1.3), 40, "11 ms")
MISSED = Figure("pace", 0.97, "of the limit", target=Target(0.985, at_most=False))
TOLD = Figure("a peer | of ours", 0.5, "x")
LINES = Chart(
    "pace",
    "How <fast>",
    "seconds",
    "runs",
    (Series("one", ((0.0, 1.0), (60.0, 71.0))), Series("two", ((0.0, 2.0), (180.0, 280.0)))),
    marks=(("limit", 70.0),),
)
BARS = Chart(
    "start", "Start", "", "ms", (Series("floor", ((0.0, 5.0), (1.0, 2.0))),), "bars", ("a", "b")
)
LOG = Chart(
    "depth", "Depth", "runs", "ms", (Series("cost", ((10.0, 3.0), (100_000.0, 3.1))),), log_x=True
)
REPORT = Report(
    "2026-11-27T09:00Z",
    {"cores": "2"},
    quick=False,
    seconds=1150.5,
    measures=(
        Measured("start", "A start", 20.0, Outcome((REACHED, TOLD), (BARS,))),
        Measured("pace", "Pace", 300.0, Outcome((MISSED,), (LINES, LOG))),
        Measured("memory", "Memory", 3.0, error="the host | never rests"),
    ),
)
PAGE = f"# Performance\n\nBefore.\n\n{BEGINS}\nold\n{ENDS}\n\nAfter.\n"


class TestTargets:
    @pytest.mark.parametrize(
        ("target", "value", "met"),
        [
            (Target(1.5), 1.5, True),
            (Target(1.5), 1.51, False),
            (Target(0.98, at_most=False), 0.98, True),
            (Target(0.98, at_most=False), 0.97, False),
        ],
    )
    def test_a_target_itself_is_reached(self, target: Target, value: float, met: bool) -> None:
        assert target.met_by(value) is met
        assert Figure("it", value, "x", target=target).met is met

    def test_what_has_no_target_is_neither_reached_nor_missed(self) -> None:
        assert TOLD.met is None

    def test_figures_that_miss_and_measures_that_failed_are_counted(self) -> None:
        assert REPORT.missed == 2


class TestJson:
    def test_a_report_comes_back_as_it_was(self) -> None:
        assert from_json(to_json(REPORT)) == REPORT

    @pytest.mark.parametrize(
        "change",
        [
            {"format": 2},
            {"measures": [{"name": "start"}]},
            {"machine": {"cores": 2}},
            {"more": 1},
            {"quick": "no"},
        ],
        ids=str,
    )
    def test_what_is_no_report_is_refused(self, change: dict[str, object]) -> None:
        told = json.loads(to_json(REPORT)) | change
        with pytest.raises(ValidationError):
            from_json(json.dumps(told))

    def test_a_value_that_is_no_number_is_refused(self) -> None:
        broken = Measured("x", "X", 1.0, Outcome((replace(TOLD, value=float("nan")),)))
        with pytest.raises(ValueError, match="Out of range float"):
            to_json(replace(REPORT, measures=(broken,)))


class TestTable:
    def test_it_has_every_figure_and_says_how_many_are_missed(self) -> None:
        console = Console(record=True, width=200, file=StringIO())
        terminal.show(console, REPORT)
        text = console.export_text()
        for words in ("a start", "1.200 x", "1.100 … 1.300", "≤ 1.5", "reached", "≥ 0.985"):
            assert words in text
        assert "not measured: the host | never rests" in text
        assert "2 missed." in text

    @pytest.mark.parametrize(
        ("value", "text"),
        [(0.98349, "0.983"), (12.345, "12.35"), (149.96, "150.0"), (2345.6, "2,346"), (0, "0.000")],
    )
    def test_a_number_has_the_digits_that_say_something(self, value: float, text: str) -> None:
        assert terminal.number(value) == text


class TestPage:
    def test_the_figures_stand_between_the_marks_and_all_else_stays(self) -> None:
        written = put_in(PAGE, REPORT)
        assert written.startswith("# Performance\n\nBefore.\n")
        assert written.endswith(f"{ENDS}\n\nAfter.\n")
        assert "old" not in written
        assert put_in(written, REPORT) == written

    def test_a_page_without_marks_is_refused(self) -> None:
        with pytest.raises(ValueError, match="the page has no"):
            put_in("# Performance\n", REPORT)

    def test_every_row_has_as_many_cells_as_its_head(self) -> None:
        rows = [line for line in section(REPORT).splitlines() if line.startswith("|")]
        assert len(rows) == 7
        assert {line.replace("\\|", "").count("|") for line in rows} == {7}

    def test_it_says_what_was_missed_or_not_measured_and_on_which_machine(self) -> None:
        text = section(REPORT)
        assert "Measured 2026-11-27 in a whole run of 19 min. cores 2." in text
        assert text.count("**missed**") == 1
        assert "Not measured: the host \\| never rests" in text

    def test_writing_leaves_the_report_and_its_pictures_and_no_old_ones(
        self, tmp_path: Path
    ) -> None:
        (tmp_path / page.PAGE).write_text(PAGE)
        (tmp_path / page.PICTURES).mkdir()
        (tmp_path / page.PICTURES / "performance-gone.svg").write_text("old")
        (tmp_path / page.PICTURES / "lanes.png").write_text("another's")
        page.write(to_json(REPORT), tmp_path)
        assert (tmp_path / page.PAGE).read_text() == put_in(PAGE, REPORT)
        assert from_json((tmp_path / page.REPORT).read_text()) == REPORT
        kept = {each.name for each in (tmp_path / page.PICTURES).iterdir()}
        assert kept == {"lanes.png", *pictures(REPORT)}
        for name in pictures(REPORT):
            assert f"(images/{name})" in (tmp_path / page.PAGE).read_text()


class TestPictures:
    @pytest.mark.parametrize("chart", [LINES, BARS, LOG], ids=lambda chart: chart.name)
    def test_a_chart_is_svg_with_everything_within_its_frame(self, chart: Chart) -> None:
        root = ET.fromstring(svg(chart))
        assert root.findtext("{*}title") == chart.title
        for element in root.iter():
            for name, end in (("x", WIDTH), ("x1", WIDTH), ("y", HEIGHT), ("y2", HEIGHT)):
                assert 0 <= float(element.get(name, "0")) <= end
            for point in element.get("points", "").split():
                x, y = map(float, point.split(","))
                assert 0 <= x <= WIDTH
                assert 0 <= y <= HEIGHT

    def test_each_series_has_a_line_through_its_points(self) -> None:
        lines = ET.fromstring(svg(LINES)).findall("{*}polyline")
        assert [len((line.get("points") or "").split()) for line in lines] == [2, 2]

    def test_longer_bars_stand_for_more(self) -> None:
        bars = ET.fromstring(svg(BARS)).findall("{*}rect")[-2:]
        long, short = (float(bar.get("height") or 0) for bar in bars)
        assert long == pytest.approx(2.5 * short, abs=0.2)

    def test_the_same_chart_gives_the_same_text(self) -> None:
        assert svg(LINES) == svg(replace(LINES))

    @pytest.mark.parametrize(
        ("low", "high", "expected"),
        [
            (0, 10, [0, 2, 4, 6, 8, 10]),
            (0, 0.97, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
            (0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
            (-3, 280, [-50, 0, 50, 100, 150, 200, 250, 300]),
        ],
    )
    def test_ticks_are_round_and_hold_all_values(
        self, low: float, high: float, expected: list[float]
    ) -> None:
        found = ticks(low, high)
        assert found[0] <= low
        assert found[-1] >= high
        assert found == expected
