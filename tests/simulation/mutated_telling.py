"""Mutations of telling engines: who is told of an end, when it is noted, how often it is tried."""

from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from shared.domain.run import Run
from shared.domain.run.announcements import announced, tell_again
from shared.domain.run.completion_event import event_text
from shared.domain.run.delivery_request import DeliveryRequest
from shared.domain.run.waiters import _with
from shared.services.announcing.announce import Announce, _send
from shared.services.announcing.attempt import Attempt
from shared.services.deciding import leave
from shared.storage import waiters
from shared.storage.runs import StoredRun


def ends_noted_before_they_are_told() -> AbstractContextManager[Any]:
    """That all were told is written first: whoever dies then has told nobody, and nobody knows."""

    def mutated(self: Announce, stored: StoredRun) -> None:
        run, at = stored.run, self.clock.now()
        if not run.final or run.watch_at is None:
            return
        listening, waiting = list[DeliveryRequest](), run.untold_waiters
        if run.published_at is None:
            listening = self._listening(run)
            _send(self.events, event_text(run))
        pending = run.pending_notification
        if pending is not None and pending.due_at <= at:
            _send(self.notifications, run.id)
        self.runs.change(stored, lambda run: announced(run, at=at, told=waiting))
        self._ask(listening)
        self._ask([DeliveryRequest(run.id, waiter=key) for key in waiting])

    return patch.object(Announce, "__call__", mutated)


def engines_are_told_once() -> AbstractContextManager[Any]:
    """An attempt that fails is the last."""

    def mutated(self: Attempt, request: DeliveryRequest, seconds: float) -> None:
        if request.attempts == 0:
            ask_later(self, request, seconds)

    ask_later = Attempt.ask_later
    return patch.object(Attempt, "ask_later", mutated)


def leaving_cancels_nothing() -> AbstractContextManager[Any]:
    """Who leaves is told nothing more, and that is all."""

    def mutated(run: Run, key: str, *, at: int) -> Run:
        del at
        return _with(run, key, lambda waiter: type(waiter)(waiter.key, waiter.cancels, left=True))

    return patch.object(leave, "leave", mutated)


def told_again_without_a_look() -> AbstractContextManager[Any]:
    """Whoever has an end told again is trusted to live until the message is sent."""

    def mutated(run: Run, *, at: int) -> Run:
        return replace(tell_again(run, at=at), watch_at=run.watch_at)

    return patch.object(waiters, "tell_again", mutated)
