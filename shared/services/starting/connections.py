"""Which connection a run uses: its own name, or what stands behind a connection reference."""

from dataclasses import dataclass

from shared.dataverse.errors import DataverseError
from shared.domain.codes.answers import UNAVAILABLE
from shared.domain.errors import BrokerError
from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.identifiers import lane_id
from shared.domain.lane import Lane
from shared.domain.request import ConnectionType, RunRequest
from shared.services.ports import Clock, Dataverse
from shared.storage.environment import EnvironmentTable, KnownConnection
from shared.telemetry import event

FRESH_MS = 600_000


class ConnectionUnknownError(BrokerError):
    """A reference was never resolved and Dataverse cannot be asked: try again later."""

    code = UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Connections:
    """Resolves connections to lanes of one environment (its host)."""

    environment: str
    known: EnvironmentTable
    dataverse: Dataverse
    clock: Clock

    def lane_for(self, request: RunRequest) -> Lane:
        """Give the lane of a request's connection.

        Raises InvalidRequestError if the reference stands for no connection, and
        ConnectionUnknownError if that cannot be found out now.
        """
        connection = request.connection_name
        if request.connection_type is ConnectionType.REFERENCE:
            connection = self._connection_behind(connection)
        return Lane(lane_id(self.environment, connection), self.environment, connection)

    def lane_named(self, name: str) -> str:
        """Give the id of the lane that a connection or a known reference of this name uses."""
        known = self.known.connection_of(name)
        return lane_id(self.environment, known.connection if known else name)

    def _connection_behind(self, reference: str) -> str:
        known = self.known.connection_of(reference)
        now = self.clock.now()
        if known is not None and now - known.asked_at < FRESH_MS:
            return known.connection
        try:
            found = self.dataverse.connection_reference(reference)
        except DataverseError as error:
            if known is None:
                raise ConnectionUnknownError(str(error)) from error
            event("connection_reference.stale", reference=reference, reason=str(error))
            return known.connection
        if found is None or not found.usable or found.connection is None:
            self.known.forget_connection(reference)
            raise InvalidRequestError(
                Fault(
                    "connectionName",
                    "ConnectionReferenceNotUsable",
                    "must be the logical name of an active connection reference for desktop flows"
                    " that a connection is bound to; Dataverse has none of this name (a"
                    " connection's own name needs connectionType 1)",
                )
            )
        self.known.remember_connection(reference, KnownConnection(found.connection, now))
        return found.connection
