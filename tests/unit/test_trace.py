"""A run's trace: its caller's, or made of its id, and the same for every version and process."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.trace import Trace, kept_trace, read_trace, trace_of
from shared.storage.run_rows import from_run, to_run
from shared.storage.table import Entity
from tests.support.runs import RUN_ID, queued

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        CALLER.upper(),
        CALLER + "-more",
        CALLER[:-1],
        "ff" + CALLER[2:],
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
        f"{CALLER}\n",
    ],
)
def test_what_is_no_traceparent_is_not_followed(text: str | None) -> None:
    assert read_trace(text) is None
    assert kept_trace(RUN_ID, text) is None


@given(st.binary(min_size=24, max_size=24), st.booleans())
def test_what_is_written_is_read(ids: bytes, sampled: bool) -> None:
    trace = Trace("1" + ids[:16].hex()[1:], "1" + ids[16:].hex()[1:], sampled)
    assert read_trace(trace.text) == trace


def test_a_run_goes_on_with_its_callers_trace_under_a_span_of_its_own() -> None:
    kept = kept_trace(RUN_ID, CALLER)
    assert kept is not None
    assert kept == f"{CALLER[:36]}{trace_of(RUN_ID).span_id}-01"
    assert trace_of(RUN_ID, kept).text == kept


def test_what_a_caller_does_not_sample_is_not_sampled() -> None:
    assert not trace_of(RUN_ID, kept_trace(RUN_ID, CALLER[:-2] + "00")).sampled


def test_a_run_without_a_caller_has_a_trace_that_its_id_tells() -> None:
    assert trace_of(RUN_ID) == trace_of(RUN_ID)
    assert read_trace(trace_of(RUN_ID).text) == trace_of(RUN_ID)
    assert trace_of(RUN_ID).trace_id != trace_of(f"{RUN_ID}x").trace_id


def stored(properties: dict[str, str | int]) -> Entity:
    return Entity(f"run:{RUN_ID.partition('-')[2]}", dict(properties), "etag")


def test_a_row_keeps_the_trace() -> None:
    run = replace(queued(), traceparent=kept_trace(RUN_ID, CALLER))
    row = from_run(run)
    assert row["TraceParent"] == run.traceparent
    assert to_run(RUN_ID.partition("-")[0], stored(row)).trace == run.trace  # type: ignore[arg-type]


def test_a_row_of_an_earlier_version_has_a_trace_too() -> None:
    """And one that such a version wrote back has lost no more than its caller's."""
    row = from_run(queued())
    assert "TraceParent" not in row
    read = to_run(RUN_ID.partition("-")[0], stored(row))  # type: ignore[arg-type]
    assert read.trace == trace_of(RUN_ID)


def test_a_trace_that_somebody_has_spoilt_ends_no_run() -> None:
    assert replace(queued(), traceparent="spoilt").trace == trace_of(RUN_ID)
