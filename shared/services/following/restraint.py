"""Restraint: flow sessions as a round asks for them, which stops when Dataverse wants no more.

After one 429 the round sends nothing further, and no instance's round does until the time that was
asked for is over; after one call that could not be sent at all, nothing further in this round.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.dataverse.errors import AppRefusedError, NotSentError, ThrottledError
from shared.domain.session import FlowSession
from shared.services.ports import Clock, FlowSessions, Result
from shared.storage.environment import EnvironmentTable
from shared.storage.table import StorageError
from shared.telemetry import event

UNSAID_MS = 60_000
"""How long nothing is asked where Dataverse does not say for how long."""

LONGEST_MS = 600_000
"""The longest that Dataverse is obeyed without asking again."""

_SAME_MS = 1_000
"""Calls side by side are throttled together: holds no further apart than this are one."""

_SLACK_MS = 60_000
"""A hold further off than the longest and this was written by a clock that is wrong."""


@dataclass(slots=True)
class Hold:
    """Until when Dataverse wants to be left alone, as all instances were told; ms since the epoch.

    It is kept in the table, and in this process, where it holds though it could not be kept.
    """

    environment: EnvironmentTable
    clock: Clock
    _until: int = field(default=0, init=False)

    def holds(self) -> bool:
        """Say whether it holds now, by what this and other instances were told."""
        try:
            self._until = max(self._until, self.environment.held_until())
        except StorageError as error:
            event("sweep.hold_unknown", level=logging.WARNING, reason=str(error))
        holds = 0 < self._until - self.clock.now() <= LONGEST_MS + _SLACK_MS
        if holds:
            event("sweep.held", until=self._until)
        return holds

    def obey(self, error: ThrottledError) -> None:
        """Hold for as long as Dataverse asks, for all instances."""
        wait = UNSAID_MS if error.retry_after is None else round(error.retry_after * 1000)
        until = self.clock.now() + min(wait, LONGEST_MS)
        if until <= self._until + _SAME_MS:
            return
        self._until = until
        event("sweep.throttled", level=logging.WARNING, until=until, reason=str(error))
        try:
            self.environment.hold_until(until)
        except StorageError as failed:
            event("sweep.hold_not_kept", level=logging.WARNING, reason=str(failed))


@dataclass(slots=True)
class Restraint:
    """The FlowSessions of one round; a call that it holds back raises NotSentError."""

    dataverse: FlowSessions
    hold: Hold
    stopped: bool = False

    @classmethod
    def of_a_round(cls, dataverse: FlowSessions, hold: Hold) -> "Restraint":
        """Begin a round with what this and other instances were told."""
        return cls(dataverse, hold, stopped=hold.holds())

    def stop(self) -> None:
        """Send nothing more in this round."""
        self.stopped = True

    def session(self, session_id: str) -> FlowSession:
        return self._call(lambda: self.dataverse.session(session_id))

    def sessions(self, ids: Sequence[str]) -> dict[str, FlowSession]:
        return self._call(lambda: self.dataverse.sessions(ids))

    def sessions_called_back_at(self, urls: Sequence[str]) -> list[FlowSession]:
        return self._call(lambda: self.dataverse.sessions_called_back_at(urls))

    def sessions_since(self, workflow_id: str, created_from: int) -> list[FlowSession]:
        return self._call(lambda: self.dataverse.sessions_since(workflow_id, created_from))

    def inputs(self, session_id: str) -> dict[str, Any] | None:
        return self._call(lambda: self.dataverse.inputs(session_id))

    def cancel(self, session_id: str) -> None:
        self._call(lambda: self.dataverse.cancel(session_id))

    def _call(self, call: Callable[[], Result]) -> Result:
        if self.stopped:
            raise NotSentError("nothing more is sent in this round")
        try:
            return call()
        except (AppRefusedError, NotSentError):
            self.stop()
            raise
        except ThrottledError as error:
            self.stop()
            self.hold.obey(error)
            raise
