"""Dataverse as the sweep calls it: once it asks for less, it is left alone until its time is over.

Service protection counts all requests of the app's user (the Dataverse contract, section 2), so one
429 is an answer to every look that is still to come, in this sweep, the next one, and in others'.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.dataverse.errors import Answer, ThrottledError
from shared.domain.session import FlowSession
from shared.services.ports import Clock, FlowSessions, Result
from shared.storage.environment import EnvironmentTable
from shared.storage.table import StorageError
from shared.telemetry import event

DEFAULT_WAIT_MS = 60_000
LONGEST_WAIT_MS = 600_000
"""Service protection looks at five minutes; nobody waits for ever because of a strange answer."""


@dataclass(frozen=True, slots=True)
class ConsiderateDataverse:
    """The calls that looks need; while Dataverse is left alone each raises ThrottledError at once.

    The wait is kept in the table, where other instances find it at the begin of their rounds.
    """

    dataverse: FlowSessions
    environment: EnvironmentTable
    clock: Clock
    _until: list[int] = field(default_factory=lambda: [0])

    @property
    def waits(self) -> bool:
        """Say whether Dataverse is to be left alone now."""
        return self.clock.now() < self._until[0]

    def begin_round(self) -> None:
        """Take over what other instances were told."""
        try:
            until = max(self.environment.asked_to_wait_until(), self._until[0])
        except StorageError as error:
            event("poll.wait_not_read", level=logging.WARNING, reason=str(error))
            return
        self._until[0] = min(until, self.clock.now() + LONGEST_WAIT_MS)

    def session(self, session_id: str) -> FlowSession:
        return self._ask(lambda: self.dataverse.session(session_id))

    def sessions(self, ids: Sequence[str]) -> dict[str, FlowSession]:
        return self._ask(lambda: self.dataverse.sessions(ids))

    def sessions_called_back_at(self, urls: Sequence[str]) -> list[FlowSession]:
        return self._ask(lambda: self.dataverse.sessions_called_back_at(urls))

    def sessions_since(self, workflow_id: str, created_from: int) -> list[FlowSession]:
        return self._ask(lambda: self.dataverse.sessions_since(workflow_id, created_from))

    def inputs(self, session_id: str) -> dict[str, Any] | None:
        return self._ask(lambda: self.dataverse.inputs(session_id))

    def cancel(self, session_id: str) -> None:
        self._ask(lambda: self.dataverse.cancel(session_id))

    def _ask(self, call: Callable[[], Result]) -> Result:
        if self.waits:
            raise ThrottledError(_LEFT_ALONE, (self._until[0] - self.clock.now()) / 1000)
        try:
            return call()
        except ThrottledError as error:
            self._heed(error)
            raise

    def _heed(self, error: ThrottledError) -> None:
        asked = DEFAULT_WAIT_MS if error.retry_after is None else round(error.retry_after * 1000)
        until = self.clock.now() + min(asked, LONGEST_WAIT_MS)
        if until <= self._until[0]:
            return  # one of the calls that were under way together
        self._until[0] = until
        event("poll.asked_to_wait", level=logging.WARNING, wait_ms=asked, reason=str(error))
        try:
            self.environment.ask_to_wait(until)
        except StorageError as failure:
            event("poll.wait_not_kept", level=logging.WARNING, reason=str(failure))


_LEFT_ALONE = Answer(429, "", "Dataverse asked to be left alone for a while; nothing was sent")
