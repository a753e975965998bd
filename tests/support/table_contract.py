"""What every Table promises (shared/storage/table.py), whoever stands behind it.

A test class of its own inherits TableContract and overrides the fixture `table`:

    class TestTableInMemory(TableContract):
        @pytest.fixture
        def table(self) -> Table:
            return TableInMemory()
"""

from collections.abc import Callable

import pytest

from shared.storage.table import (
    TRANSACTION_LIMIT,
    ConflictError,
    Delete,
    Entity,
    Insert,
    Merge,
    Operation,
    Replace,
    Table,
    Upsert,
    Value,
)
from tests.support.table_limits import LANE, TableLimits

OTHER_LANE = "fedcba9876543210"


class TableContract(TableLimits):
    """The promises, as tests; every test has a table of its own, which was never written to."""

    # Reading

    def test_a_row_reads_back_as_it_was_written(self, table: Table) -> None:
        """Text, whole numbers, yes and no, and bytes keep their types and their values."""
        properties: dict[str, Value] = {
            "Text": "Grüße, 你好 \U0001f916 'quoted' \"twice\" \\ / \t\n <b>&amp;",
            "Empty": "",
            "Number": -7,
            "Largest": 2**31 - 1,
            "Zero": 0,
            "Yes": True,
            "No": False,
            "Bytes": bytes(range(256)),
            "NoBytes": b"",
        }
        table.commit(LANE, [Insert("row", properties)])
        entity = table.get(LANE, "row")
        assert entity is not None
        assert entity.row == "row"
        assert entity.properties == properties
        assert {name: type(value) for name, value in entity.properties.items()} == {
            name: type(value) for name, value in properties.items()
        }

    def test_a_row_that_is_not_there_reads_as_none(self, table: Table) -> None:
        table.commit(LANE, [Insert("row", {})])
        assert table.get(LANE, "other") is None
        assert table.get(OTHER_LANE, "row") is None

    def test_a_table_that_was_never_written_to_is_empty(self, table: Table) -> None:
        """Nobody has to make the table first."""
        assert table.get(LANE, "row") is None
        assert table.query(LANE, "a", "z") == []

    def test_a_query_leaves_out_both_of_its_bounds(self, table: Table) -> None:
        table.commit(LANE, [Insert(row, {}) for row in ("due:1", "due:2", "due:3", "due:4")])
        assert [entity.row for entity in table.query(LANE, "due:1", "due:4")] == ["due:2", "due:3"]

    def test_a_query_gives_the_rows_in_the_order_of_their_keys(self, table: Table) -> None:
        """The order of the code points: digits, capitals, small letters."""
        rows = ["due:b", "due:A", "due:9", "due:10", "due:a:2", "due:a"]
        for row in rows:
            table.commit(LANE, [Insert(row, {"Row": row})])
        found = table.query(LANE, "due:", "due;")
        assert [entity.row for entity in found] == sorted(rows)
        assert [entity.properties["Row"] for entity in found] == sorted(rows)

    def test_a_query_gives_no_more_rows_than_were_asked_for(self, table: Table) -> None:
        """The first ones; and all, where no limit was given."""
        table.commit(LANE, [Insert(f"due:{n:02d}", {}) for n in range(20)])
        first = [entity.row for entity in table.query(LANE, "due:", "due;", limit=3)]
        assert first == ["due:00", "due:01", "due:02"]
        assert len(table.query(LANE, "due:", "due;", limit=50)) == 20
        assert len(table.query(LANE, "due:", "due;")) == 20

    def test_a_query_goes_on_past_a_page(self, table: Table) -> None:
        """Table Storage answers with 1,000 rows at most; the rest comes on further pages."""
        for start in range(0, 1100, TRANSACTION_LIMIT):
            inserts = [Insert(f"run:{n:04d}", {}) for n in range(start, start + TRANSACTION_LIMIT)]
            table.commit(LANE, inserts)
        found = [entity.row for entity in table.query(LANE, "run:", "run;")]
        assert found == [f"run:{n:04d}" for n in range(1100)]
        assert len(table.query(LANE, "run:", "run;", limit=1050)) == 1050

    def test_a_query_stays_in_its_partition(self, table: Table) -> None:
        table.commit(LANE, [Insert("row", {"Of": "this"})])
        table.commit(OTHER_LANE, [Insert("row", {"Of": "other"})])
        assert [entity.properties["Of"] for entity in table.query(LANE, "a", "z")] == ["this"]

    def test_keys_may_hold_a_quote(self, table: Table) -> None:
        """Nobody can leave the quotes of a filter."""
        partition, row = "it's", "o' clock"
        table.commit(partition, [Insert(row, {})])
        assert [entity.row for entity in table.query(partition, "o' a", "o' z")] == [row]
        assert table.get(partition, row) is not None

    # Writing

    def test_an_insert_of_a_row_that_exists_is_a_conflict(
        self, table: Table, read: Callable[[str], Entity]
    ) -> None:
        table.commit(LANE, [Insert("row", {"Of": "first"})])
        with pytest.raises(ConflictError):
            table.commit(LANE, [Insert("row", {"Of": "second"})])
        assert read("row").properties == {"Of": "first"}

    def test_a_replace_writes_the_whole_row(
        self, table: Table, read: Callable[[str], Entity]
    ) -> None:
        table.commit(LANE, [Insert("row", {"A": 1, "B": 2})])
        table.commit(LANE, [Replace("row", {"B": 3}, read("row").etag)])
        assert read("row").properties == {"B": 3}

    def test_a_replace_without_an_etag_writes_what_exists_whatever_it_says(
        self, table: Table, read: Callable[[str], Entity]
    ) -> None:
        table.commit(LANE, [Insert("row", {"A": 1, "B": 2})])
        table.commit(LANE, [Merge("row", {"A": 2})])
        table.commit(LANE, [Replace("row", {"B": 3}, None)])
        assert read("row").properties == {"B": 3}

    def test_an_upsert_writes_the_whole_row_whether_there_is_one_or_not(
        self, table: Table, read: Callable[[str], Entity]
    ) -> None:
        """And it counts as a write, even if it changes nothing."""
        etags = table.commit(LANE, [Upsert("row", {"A": 1, "B": 2})])
        assert read("row").properties == {"A": 1, "B": 2}
        for _ in range(2):
            before = read("row").etag
            table.commit(LANE, [Upsert("row", {"B": 3})])
            assert read("row").properties == {"B": 3}
            assert read("row").etag != before
        with pytest.raises(ConflictError):
            table.commit(LANE, [Delete("row", etags["row"])])

    def test_a_merge_leaves_the_other_properties(
        self, table: Table, read: Callable[[str], Entity]
    ) -> None:
        table.commit(LANE, [Insert("row", {"A": 1, "B": 2})])
        table.commit(LANE, [Merge("row", {"B": 3, "C": 4})])
        assert read("row").properties == {"A": 1, "B": 3, "C": 4}

    def test_a_delete_removes_the_row(self, table: Table) -> None:
        table.commit(LANE, [Insert("row", {})])
        table.commit(LANE, [Delete("row")])
        assert table.get(LANE, "row") is None
        table.commit(LANE, [Insert("row", {})])

    @pytest.mark.parametrize(
        "write",
        [
            Merge("row", {"A": 1}),
            Merge("row", {}),
            Replace("row", {"A": 1}, "W/\"datetime'2026-11-24T20%3A09%3A51.1758916Z'\""),
            Replace("row", {"A": 1}, None),
            Delete("row"),
        ],
        ids=lambda write: type(write).__name__,
    )
    def test_to_change_a_row_that_is_not_there_is_a_conflict(
        self, table: Table, write: Operation
    ) -> None:
        table.commit(LANE, [Insert("other", {})])
        with pytest.raises(ConflictError):
            table.commit(LANE, [write])
        assert table.get(LANE, "row") is None

    @pytest.mark.parametrize(
        "between",
        [Merge("row", {"By": "another"}), Merge("row", {})],
        ids=["changed", "touched"],
    )
    def test_a_replace_with_an_old_etag_is_a_conflict(
        self, table: Table, read: Callable[[str], Entity], between: Operation
    ) -> None:
        """Any write in between counts, even one that changed no value."""
        table.commit(LANE, [Insert("row", {"By": "first"})])
        etag = read("row").etag
        table.commit(LANE, [between])
        assert read("row").etag != etag
        with pytest.raises(ConflictError):
            table.commit(LANE, [Replace("row", {"By": "late"}, etag)])
        assert read("row").properties["By"] != "late"

    def test_a_delete_with_an_old_etag_is_a_conflict(
        self, table: Table, read: Callable[[str], Entity]
    ) -> None:
        """What has changed since it was read is not thrown away."""
        table.commit(LANE, [Insert("row", {"By": "first"})])
        etag = read("row").etag
        table.commit(LANE, [Merge("row", {"By": "another"})])
        with pytest.raises(ConflictError):
            table.commit(LANE, [Delete("row", etag)])
        table.commit(LANE, [Delete("row", read("row").etag)])
        assert table.get(LANE, "row") is None

    def test_a_row_that_was_made_again_has_another_etag(
        self, table: Table, read: Callable[[str], Entity]
    ) -> None:
        table.commit(LANE, [Insert("row", {})])
        etag = read("row").etag
        table.commit(LANE, [Delete("row")])
        table.commit(LANE, [Insert("row", {})])
        with pytest.raises(ConflictError):
            table.commit(LANE, [Replace("row", {"By": "late"}, etag)])

    def test_a_query_gives_etags_that_a_replace_can_use(
        self, table: Table, read: Callable[[str], Entity]
    ) -> None:
        table.commit(LANE, [Insert("row", {})])
        (found,) = table.query(LANE, "a", "z")
        assert found.etag == read("row").etag
        table.commit(LANE, [Replace("row", {"A": 1}, found.etag)])

    # Transactions

    def test_a_transaction_does_all_of_its_operations(
        self, table: Table, read: Callable[[str], Entity]
    ) -> None:
        table.commit(LANE, [Insert("lane", {}), Insert("due", {}), Insert("run", {"Kept": True})])
        table.commit(
            LANE,
            [
                Replace("lane", {"Window": "taken"}, read("lane").etag),
                Delete("due"),
                Merge("run", {"Status": "Submitting"}),
                Insert("watch", {}),
            ],
        )
        assert read("lane").properties == {"Window": "taken"}
        assert read("run").properties == {"Kept": True, "Status": "Submitting"}
        assert [entity.row for entity in table.query(LANE, "a", "z")] == ["lane", "run", "watch"]

    @pytest.mark.parametrize(
        "failing",
        [
            Insert("lane", {}),
            Replace("lane", {}, "W/\"datetime'2020-01-01T00%3A00%3A00.0000000Z'\""),
            Merge("missing", {}),
            Delete("missing"),
        ],
        ids=lambda failing: type(failing).__name__,
    )
    @pytest.mark.parametrize("place", [0, 1, 3], ids=["first", "second", "last"])
    def test_one_condition_that_fails_undoes_the_whole_transaction(
        self, table: Table, failing: Operation, place: int
    ) -> None:
        """All or nothing, wherever in the transaction it fails."""
        table.commit(LANE, [Insert("lane", {"Is": "old"}), Insert("due", {}), Insert("run", {})])
        before = table.query(LANE, "a", "z")
        operations: list[Operation] = [
            Delete("due"),
            Merge("run", {"Status": "Submitting"}),
            Insert("watch", {}),
        ]
        operations.insert(place, failing)
        with pytest.raises(ConflictError):
            table.commit(LANE, operations)
        assert table.query(LANE, "a", "z") == before
