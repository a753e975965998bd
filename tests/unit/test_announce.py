"""Announcing: a queue that fails is left alone for a while; what fails of one run fails alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import end
from shared.domain.run.completion_event import event_text
from shared.domain.run.notification import Notification
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
        self.sent: list[str] = []
        self.after: list[Run] = []
        self.indexing = True
        self.meanwhile: Callable[[Run], Run] = lambda run: run

    def send(self, text: str) -> None:
        if self.sending is not None and BAD in text:
            raise self.sending
        self.sent.append(text)

    def ended(self, run: Run) -> bool:
        del run
        return self.indexing

    def change(self, stored: StoredRun, step: Callable[[Run], Run]) -> Run:
        if self.writing is not None and stored.run.id == BAD:
            raise self.writing
        self.told.append(stored.run.id)
        self.after.append(step(self.meanwhile(stored.run)))
        return self.after[-1]


def announce(parts: Parts, *run_ids: str) -> Announce:
    whole = cast("Any", parts)
    subscribers = Subscribers(SubscriptionTable(SimulatedTable(), ""), HandClock())
    announce = Announce(whole, whole, whole, subscribers, whole, HandClock())
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


@pytest.mark.parametrize("indexing", [True, False])
def test_an_end_that_the_index_cannot_be_told_is_told_to_all_others_and_once_more(
    indexing: bool,
) -> None:
    parts = Parts()
    parts.indexing = indexing
    made = announce(parts)
    ended = end(running(id=GOOD), RunStatus.SUCCEEDED, at=NOW)
    made(StoredRun(ended, "etag"))
    assert parts.sent == [event_text(ended)]
    (after,) = parts.after
    assert (after.published_at, after.indexed_at) == (NOW, NOW if indexing else None)
    assert (after.watch_at is None) == indexing
    parts.indexing = True
    made(StoredRun(after, "etag"))
    assert parts.sent == [event_text(ended)], "the event was published once"
    assert parts.after[-1].watch_at is None


def test_a_receiver_that_was_given_up_while_the_index_was_told_is_told_to_it_again() -> None:
    """What was written says nothing of that: somebody looks once more."""
    parts = Parts()
    ended = end(running(id=GOOD), RunStatus.SUCCEEDED, at=NOW)
    given_up = Notification(NOW, attempts=3, given_up_at=NOW)
    parts.meanwhile = lambda run: replace(run, notification=given_up)
    announce(parts)(StoredRun(ended, "etag"))
    (after,) = parts.after
    assert after.indexed_at is None
    assert after.watch_at is not None


def test_a_queue_that_cannot_be_reached_is_left_alone_for_a_while() -> None:
    parts = Parts(sending=StorageUnavailableError("no answer"))
    made = announce(parts, BAD, GOOD)
    assert made.quiet
    assert parts.told == []
    cast("HandClock", made.clock).seconds += QUIET_SECONDS
    assert not made.quiet
