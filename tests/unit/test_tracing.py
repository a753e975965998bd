"""Spans and metrics as the house knows them: nothing where they are off, and never a failure."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shared import tracing
from shared.domain.trace import trace_of
from shared.otlp import sampler
from shared.otlp_metrics import COUNTERS, GAUGES, HISTOGRAMS
from shared.otlp_sending import Failing

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENT = (REPOSITORY / "docs" / "telemetry.md").read_text()
USE = """
import logging, sys
logging.basicConfig(level=logging.INFO, format="%(message)s")
import function_app
from shared import tracing
from shared.composition import compose
{before}
compose(function_app._settings)
with tracing.span("sweep") as span:
    span.tell(outcome="done")
tracing.count("broker.callbacks", outcome="known")
tracing.took("broker.run.time_to_end", 5, status="Failed")
tracing.state("broker.lane.backlog", 1, lane="l")
for _ in range(2):
    tracing.tell_failures()
print("imported:", sorted({{each.partition(".")[0] for each in sys.modules}} & {{"opentelemetry"}}))
print("otlp:", "shared.otlp" in sys.modules)
"""
SETTINGS = {
    "DATAVERSE_URL": "https://org.crm4.dynamics.com",
    "CALLBACK_SIGNING_KEY": "a key of thirty-two bytes, or so",
    "RUN_STORAGE": "UseDevelopmentStorage=true",
    "WEBSITE_HOSTNAME": "broker.azurewebsites.net",
}


def use(before: str = "", **settings: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", USE.format(before=before)],
        cwd=REPOSITORY,
        env=SETTINGS | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_without_an_endpoint_nothing_is_imported() -> None:
    said = use()
    assert "imported: []" in said
    assert "otlp: False" in said


def test_with_one_it_is_imported_at_first_use() -> None:
    said = use(
        'assert "opentelemetry" not in sys.modules',
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",
    )
    assert "imported: ['opentelemetry']" in said


def test_where_it_cannot_be_imported_one_warning_says_so_and_all_goes_on() -> None:
    said = use('sys.modules["opentelemetry"] = None', OTEL_EXPORTER_OTLP_ENDPOINT="http://h")
    assert said.count("telemetry.off") == 1


def test_only_named_attributes_are_told_and_none_holds_an_address() -> None:
    url = "https://host/api/callbacks/run/signature?code=secret"
    told = tracing.named({"run_id": "r", "url": url, "code": f"see {url}", "outcome": None})
    assert told == {"broker.run_id": "r", "broker.code": "see <address>"}
    assert len(str(tracing.named({"code": "x " * 1_000})["broker.code"])) == tracing.TEXT_LIMIT


def test_a_failure_is_told_once_until_all_is_sent_again() -> None:
    failing = Failing()
    assert failing.untold() is None
    failing.note("traces", sent=False)
    failing.note("metrics", sent=False)
    assert failing.untold() == "metrics, traces"
    failing.note("traces", sent=True)
    failing.note("traces", sent=False)
    assert failing.untold() is None
    failing.note("traces", sent=True)
    failing.note("metrics", sent=True)
    failing.note("metrics", sent=False)
    assert failing.untold() == "metrics"


@pytest.mark.parametrize(
    ("name", "argument", "least", "most"),
    [
        ("", "", 1_000, 1_000),
        ("always_off", "", 0, 0),
        ("parentbased_traceidratio", "0.2", 120, 290),
    ],
)
def test_all_processes_sample_the_same_runs(
    monkeypatch: pytest.MonkeyPatch, name: str, argument: str, least: int, most: int
) -> None:
    """By its trace's id alone, whether a process begins the trace or goes on with it."""
    from opentelemetry.sdk.trace.sampling import Decision, ParentBased  # noqa: PLC0415

    from shared.otlp import _context  # noqa: PLC0415

    monkeypatch.setitem(os.environ, "OTEL_TRACES_SAMPLER", name)
    monkeypatch.setitem(os.environ, "OTEL_TRACES_SAMPLER_ARG", argument)
    made = sampler()
    assert isinstance(made, ParentBased)
    traces = [trace_of(f"run {number}") for number in range(1_000)]
    begun = [made.should_sample(None, int(each.trace_id, 16), "run.start") for each in traces]
    gone_on = [
        made.should_sample(_context(each), int(each.trace_id, 16), "run.end") for each in traces
    ]
    sampled = [each.decision is Decision.RECORD_AND_SAMPLE for each in begun]
    assert sampled == [each.decision is Decision.RECORD_AND_SAMPLE for each in gone_on]
    assert least <= sum(sampled) <= most


def test_each_metric_is_documented_with_its_unit() -> None:
    for name, (unit, told) in (COUNTERS | HISTOGRAMS | GAUGES).items():
        assert re.search(rf"\| `{re.escape(name)}` \| \w+ \| `{re.escape(unit)}` \|", DOCUMENT), (
            told
        )


def test_each_span_and_attribute_of_the_code_is_documented_and_no_other() -> None:
    named = re.compile(r'tracing\.(?:span|done)\(\s*"([\w.]+)"')
    files = (REPOSITORY / "shared").rglob("*.py")
    spans = {name for path in files for name in named.findall(path.read_text())}
    assert {"run.start", "run.submit", "dispatch", "sweep"} <= spans
    documented = set(
        re.findall(
            r"^\| `([\w.]+)` \| (?:INTERNAL|SERVER|CLIENT|PRODUCER|CONSUMER)",
            DOCUMENT,
            re.MULTILINE,
        )
    )
    assert documented == spans
    table = DOCUMENT.partition("| attribute | what |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`broker\.(\w+)`", table)) == tracing.ATTRIBUTES
