"""Restraint: flow sessions as a round asks for them, which stops when Dataverse wants no more.

After one 429, or a refusal of the app itself, the round sends nothing further, and no instance
sends anything until that is over (hold.py); after one call that could not be sent at all, nothing
further in this round. A call that was one too many at once fails alone: others get through beside
it, and without them no round would ever come to the last of its looks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.dataverse.errors import AppRefusedError, NotSentError, ThrottledError
from shared.domain.session import FlowSession, Mark
from shared.services.hold import EnvironmentHold, is_brief
from shared.services.ports import FlowSessions, Result


@dataclass(slots=True)
class Restraint:
    """The FlowSessions of one round; a call that it holds back raises NotSentError."""

    dataverse: FlowSessions
    hold: EnvironmentHold
    stopped: bool = False

    @classmethod
    def of_a_round(cls, dataverse: FlowSessions, hold: EnvironmentHold) -> "Restraint":
        """Begin a round with what this and other instances were told."""
        return cls(dataverse, hold, stopped=hold.holds() is not None)

    def stop(self) -> None:
        """Send nothing more in this round."""
        self.stopped = True

    def session(self, session_id: str) -> FlowSession:
        return self._call(lambda: self.dataverse.session(session_id))

    def sessions(self, ids: Sequence[str]) -> dict[str, FlowSession]:
        return self._call(lambda: self.dataverse.sessions(ids))

    def sessions_marked(self, marks: Sequence[Mark]) -> list[FlowSession]:
        return self._call(lambda: self.dataverse.sessions_marked(marks))

    def sessions_since(self, workflow_id: str, created_from: int) -> list[FlowSession]:
        return self._call(lambda: self.dataverse.sessions_since(workflow_id, created_from))

    def inputs(self, session_id: str) -> dict[str, Any] | None:
        return self._call(lambda: self.dataverse.inputs(session_id))

    def ahead(self) -> int | None:
        return self.dataverse.ahead()

    def cancel(self, session_id: str) -> None:
        self._call(lambda: self.dataverse.cancel(session_id))

    def _call(self, call: Callable[[], Result]) -> Result:
        if self.stopped:
            raise NotSentError("nothing more is sent in this round")
        sent_at = self.hold.clock.now()
        try:
            result = call()
        except NotSentError:
            self.stop()
            raise
        except (AppRefusedError, ThrottledError) as error:
            self.hold.obey(error)
            if not is_brief(error):
                self.stop()
            raise
        self.hold.worked(sent_at)
        return result
