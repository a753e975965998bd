"""What no Table takes, and what every Table still does: the limits of Table Storage.

An entity over 1 MiB is missing here: Azure refuses it, Azurite does not.
"""

from collections.abc import Callable

import pytest

from shared.storage.table import (
    TRANSACTION_LIMIT,
    Delete,
    Entity,
    Insert,
    Merge,
    Operation,
    StorageRefusedError,
    Table,
    Value,
)

LANE = "0123456789abcdef"
PROPERTY_BYTES = 64 * 1024
PROPERTY_CHARACTERS = PROPERTY_BYTES // 2


class TableLimits:
    """The part of TableContract that is about limits."""

    @pytest.fixture
    def table(self) -> Table:
        raise NotImplementedError

    @pytest.fixture
    def read(self, table: Table) -> Callable[[str], Entity]:
        def read(row: str) -> Entity:
            entity = table.get(LANE, row)
            assert entity is not None
            return entity

        return read

    def test_a_transaction_takes_a_hundred_operations(self, table: Table) -> None:
        table.commit(LANE, [Insert(f"run:{n:03d}", {}) for n in range(TRANSACTION_LIMIT)])
        assert len(table.query(LANE, "run:", "run;")) == TRANSACTION_LIMIT

    @pytest.mark.parametrize(
        "operations",
        [
            [],
            [Insert(f"row:{n:03d}", {}) for n in range(TRANSACTION_LIMIT + 1)],
            [Insert("row", {}), Merge("row", {"A": 1})],
            [Insert("row", {}), Insert("row", {})],
            [Insert("row", {}), Delete("row")],
            [Insert("row", {}), Insert("bytes", {"A": b"x" * (PROPERTY_BYTES + 1)})],
            [Insert("row", {}), Insert("text", {"A": "x" * (PROPERTY_CHARACTERS + 1)})],
            [Insert("row", {}), Insert("number", {"A": 2**31})],
            *([Insert("row", {}), Insert(f"key{c}", {})] for c in "/\\#?\n\x7f"),
            [Insert("row", {}), Insert("k" * 600, {})],
        ],
        ids=[
            "no operation",
            "101 operations",
            "one row twice",
            "one row made twice",
            "one row made and removed",
            "bytes over 64 KiB",
            "text over 64 KiB",
            "number over 32 bits",
            "key with slash",
            "key with backslash",
            "key with hash",
            "key with question mark",
            "key with line end",
            "key with delete",
            "key over 1 KiB",
        ],
    )
    def test_what_storage_never_takes_is_refused_and_changes_nothing(
        self, table: Table, operations: list[Operation]
    ) -> None:
        """Not as unavailable: nobody is to try it again and again."""
        table.commit(LANE, [Insert("before", {})])
        with pytest.raises(StorageRefusedError):
            table.commit(LANE, operations)
        assert [entity.row for entity in table.query(LANE, "a", "z")] == ["before"]

    def test_a_property_takes_sixty_four_kibibytes(
        self, table: Table, read: Callable[[str], Entity]
    ) -> None:
        largest: dict[str, Value] = {
            "Bytes": b"\xff" * PROPERTY_BYTES,
            "Text": "x" * PROPERTY_CHARACTERS,
        }
        table.commit(LANE, [Insert("row", largest)])
        assert read("row").properties == largest
