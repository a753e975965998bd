"""A look that failed: the next comes soon at first, and later each time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.run import Polling, Run
from shared.domain.run.failed_looks import RETRY_MS, look_failed
from tests.support.runs import NOW, running, submitting

POLLING = Polling(first=120_000, last=600_000)


def waits(run: Run, times: int) -> list[int]:
    """List the waits (ms) after looks that failed one after the other."""
    found, at = [], NOW
    for _ in range(times):
        run = look_failed(run, at=at, polling=POLLING)
        assert run.watch_at is not None
        found.append(run.watch_at - at)
        at = run.watch_at
    return found


@pytest.mark.parametrize("run", [running(), submitting()], ids=["running", "awaiting"])
def test_the_waits_begin_short_and_grow_to_the_longest_interval(run: Run) -> None:
    found = waits(run, 12)
    assert found[0] == RETRY_MS
    assert found == sorted(found)
    assert found[-1] == POLLING.last


def test_the_same_failure_counts_once() -> None:
    once = look_failed(running(), at=NOW, polling=POLLING)
    assert look_failed(once, at=NOW, polling=POLLING) == once


def test_a_session_that_is_to_be_cancelled_is_looked_at_sooner() -> None:
    to_be_cancelled = replace(running(), cancel_requested_at=NOW)
    assert waits(to_be_cancelled, 1) < waits(running(), 1)


def test_a_run_that_nobody_looks_at_stays_as_it_is() -> None:
    idle = replace(running(), watch_at=None)
    assert look_failed(idle, at=NOW, polling=POLLING) == idle
