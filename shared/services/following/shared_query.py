"""One query to Dataverse for the sessions of all callbacks that have come, with restraint."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.dataverse.errors import DataverseError, NotFoundError
from shared.domain.session import FlowSession
from shared.services.following.restraint import Restraint
from shared.services.hold import EnvironmentHold
from shared.services.ports import FlowSessions
from shared.telemetry import event


@dataclass(frozen=True, slots=True)
class SharedQuery:
    """Asks for sessions by their ids, which are different ones.

    One 429, or a refusal of the app, holds all who ask after it, as it does with polls.
    """

    dataverse: FlowSessions
    hold: EnvironmentHold

    def __call__(self, ids: Sequence[str]) -> Mapping[str, FlowSession | None]:
        """Give the sessions that Dataverse shows; None: it has none of this id.

        Where several are asked for, one that is not shown may be there all the same: it is left
        out, since only a look at it alone can tell. Raises DataverseError: then none is known.
        """
        held = self.hold.held() is not None
        asked = Restraint(self.dataverse, self.hold, stopped=held)
        try:
            return asked.sessions(ids) if len(ids) > 1 else {ids[0]: _alone(asked, ids[0])}
        except DataverseError as error:
            reason = str(error)
            event("callback.not_looked", level=logging.WARNING, sessions=len(ids), reason=reason)
            raise


def _alone(asked: FlowSessions, session_id: str) -> FlowSession | None:
    try:
        return asked.session(session_id)
    except NotFoundError:
        return None
