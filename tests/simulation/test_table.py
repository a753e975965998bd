"""The simulated table keeps what Azure's does: both pass the same tests."""

import pytest

from shared.storage.table import Insert, StorageRefusedError, Table
from tests.simulation.table import SimulatedTable
from tests.support.table_contract import TableContract
from tests.support.table_limits import LANE


class TestSimulatedTable(TableContract):
    @pytest.fixture
    def table(self) -> Table:
        return SimulatedTable()

    def test_an_entity_over_one_mebibyte_is_refused(self, table: Table) -> None:
        """Azure refuses it; Azurite does not, so this cannot be in the common tests."""
        chunks = {f"Chunk{n:02d}": b"x" * 60_000 for n in range(18)}
        with pytest.raises(StorageRefusedError):
            table.commit(LANE, [Insert("row", chunks)])
