"""Looks at runs: one that fails is told and stays due, and the others are taken."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Any, cast

import pytest

from shared.dataverse.errors import DataverseError, OutcomeUnknownError
from shared.domain.session import FlowSession, StatusCode
from shared.runtime import SystemClock, thread_crew
from shared.services.poll import Poll
from shared.storage.rows import WatchRow
from shared.storage.runs import StoredRun
from shared.storage.table import StorageUnavailableError
from tests.support.runs import NOW, SESSION, running, submitting

GOOD, UNREADABLE, LOST, UNCONFIRMABLE = "good", "unreadable", "lost", "unconfirmable"


class Parts:
    """What a poll works with: runs by these names, and a note of what was looked at."""

    def __init__(self, unreadable: Exception, unconfirmed: Exception | None = None) -> None:
        self.looked_at: list[str] = []
        self.confirmed: list[str] = []
        self._unreadable = unreadable
        self._unconfirmed = unconfirmed

    def read(self, run_id: str) -> StoredRun:
        if run_id == UNREADABLE:
            raise self._unreadable
        run = running(id=GOOD) if run_id == GOOD else submitting(id=run_id)
        return StoredRun(run, "etag")

    def sessions(self, ids: Iterable[str]) -> dict[str, FlowSession]:
        return {each: FlowSession(each, StatusCode.SUCCEEDED) for each in ids}

    def record(self, stored: StoredRun, session: FlowSession, *, by: str) -> Any:
        assert (session.id, by) == (SESSION, "poll")
        self.looked_at.append(stored.run.id)
        return stored.run

    def confirm(self, stored: StoredRun) -> None:
        self.confirmed.append(stored.run.id)
        if stored.run.id == UNCONFIRMABLE and self._unconfirmed:
            raise self._unconfirmed

    def wake_soon(self, lane_id: str) -> None: ...


def poll(parts: Parts, *run_ids: str) -> None:
    whole = cast("Any", parts)  # it stands for each of the parts
    looks = Poll(whole, whole, whole.record, whole.confirm, whole, whole, SystemClock())
    with thread_crew(4) as crew:
        looks([WatchRow(each, NOW) for each in run_ids], crew, time.monotonic() + 30)


@pytest.mark.parametrize("error", [StorageUnavailableError("no answer"), ValueError("no such row")])
def test_a_run_that_cannot_be_read_does_not_stop_the_looks_at_others(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """It is the longest due, and would come first in every round: nobody else's run would end."""
    parts = Parts(error)
    with caplog.at_level(logging.WARNING):
        poll(parts, UNREADABLE, GOOD, LOST)
    assert parts.looked_at == [GOOD]
    assert parts.confirmed == [LOST]
    assert "run.look_failed run_id='unreadable'" in caplog.text


@pytest.mark.parametrize(
    "error", [StorageUnavailableError("no answer"), OutcomeUnknownError("no answer")]
)
def test_a_run_that_cannot_be_confirmed_does_not_stop_the_polling(
    error: StorageUnavailableError | DataverseError,
) -> None:
    parts = Parts(error, unconfirmed=error)
    hundred = [f"{LOST}-{number}" for number in range(99)]
    poll(parts, UNCONFIRMABLE, *hundred, GOOD)
    assert len(parts.confirmed) == 100
    assert parts.looked_at == [GOOD], "it comes in the second hundred"
