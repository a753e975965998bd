"""The connections that this app has used in an environment: those that have a lane."""

from collections.abc import Iterator

from shared.domain.identifiers import lane_id
from shared.storage.lane_list import LANES_PARTITION
from shared.storage.table import Table


class UsedConnections:
    """Reads the list of lanes; a table may hold those of another environment, too."""

    def __init__(self, table: Table, environment: str) -> None:
        self._table, self._environment = table, environment

    def __call__(self) -> Iterator[str]:
        """Give the names of connections; raises StorageUnavailableError."""
        for entity in self._table.query(LANES_PARTITION, "0", "~"):
            name = entity.properties.get("Connection")
            if isinstance(name, str) and lane_id(self._environment, name) == entity.row:
                yield name
