"""Announcing: a queue that fails is left alone for a while; what fails of one run fails alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import end
from shared.services.announcing.announce import QUIET_SECONDS, Announce
from shared.services.announcing.subscribers import Subscribers
from shared.storage.runs import StoredRun
from shared.storage.subscriptions import SubscriptionTable
from shared.storage.table import (
    StorageError,
    StorageRefusedError,
    StorageUnavailableError,
    UnreadableRowError,
)
from tests.simulation.table import SimulatedTable
from tests.support.clocks import HandClock
from tests.support.runs import LANE, NOW, running

BAD, GOOD = f"{LANE}-bad", f"{LANE}-good"


class Parts:
    """A queue and a table; `sending` and `writing` are what fails of the bad run."""

    def __init__(
        self, *, sending: StorageError | None = None, writing: StorageError | None = None
    ) -> None:
        self.sending, self.writing = sending, writing
        self.told: list[str] = []

    def send(self, text: str) -> None:
        if self.sending is not None and BAD in text:
            raise self.sending

    def change(self, stored: StoredRun, step: Callable[[Run], Run]) -> Run:
        if self.writing is not None and stored.run.id == BAD:
            raise self.writing
        self.told.append(stored.run.id)
        return step(stored.run)


def announce(parts: Parts, *run_ids: str) -> Announce:
    whole = cast("Any", parts)
    subscribers = Subscribers(SubscriptionTable(SimulatedTable(), ""), HandClock())
    announce = Announce(whole, whole, whole, subscribers, HandClock())
    for run_id in run_ids:
        ended = end(running(id=run_id), RunStatus.SUCCEEDED, at=NOW)
        announce.at_once(StoredRun(ended, "etag"))
    return announce


@pytest.mark.parametrize(
    "parts",
    [
        Parts(sending=StorageRefusedError("too long")),
        Parts(writing=StorageUnavailableError("changes too often")),
        Parts(writing=UnreadableRowError("no status")),
    ],
)
def test_an_end_that_cannot_be_told_keeps_no_other_from_being_told(parts: Parts) -> None:
    assert not announce(parts, BAD, GOOD).quiet
    assert parts.told == [GOOD]


def test_a_queue_that_cannot_be_reached_is_left_alone_for_a_while() -> None:
    parts = Parts(sending=StorageUnavailableError("no answer"))
    made = announce(parts, BAD, GOOD)
    assert made.quiet
    assert parts.told == []
    cast("HandClock", made.clock).seconds += QUIET_SECONDS
    assert not made.quiet
