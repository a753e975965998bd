"""Azure Table Storage, as Azurite plays it, keeps what the app asks of a table."""

import socket
from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.data.tables import TableClient, TableErrorCode, TableServiceClient, TableTransactionError

from shared.storage.azure_table import AzureTable
from shared.storage.table import (
    ConflictError,
    Insert,
    StorageRefusedError,
    StorageUnavailableError,
    Table,
)
from tests.support.table_contract import TableContract
from tests.support.table_limits import LANE


@pytest.fixture
def unreachable() -> Table:
    """Give a table behind a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"TableEndpoint=http://127.0.0.1:{port}/account"
    key = "AccountName=account;AccountKey=c2VjcmV0"
    service = TableServiceClient.from_connection_string(f"{key};{endpoint}", retry_total=0)
    return AzureTable(service, "Table")


class TestAzureTable(TableContract):
    @pytest.fixture
    def table(self, table_service: TableServiceClient, table_name: str) -> Table:
        return AzureTable(table_service, table_name)


class TestMakingTheTable:
    def test_the_first_transaction_makes_the_table(
        self, table_service: TableServiceClient, table_name: str
    ) -> None:
        """A deployment needs no step of its own for that; and a read makes nothing."""
        table = AzureTable(table_service, table_name)
        table.query(LANE, "a", "z")
        assert table_name not in [item.name for item in table_service.list_tables()]
        table.commit(LANE, [Insert("row", {})])
        assert table_name in [item.name for item in table_service.list_tables()]
        assert table.get(LANE, "row") is not None

    def test_a_table_that_another_instance_made_meanwhile_is_used(
        self, table_service: TableServiceClient, table_name: str
    ) -> None:
        table = AzureTable(table_service, table_name)
        AzureTable(table_service, table_name).commit(LANE, [Insert("theirs", {})])
        table.commit(LANE, [Insert("ours", {})])
        assert [entity.row for entity in table.query(LANE, "a", "z")] == ["ours", "theirs"]

    def test_a_table_that_stays_missing_is_unavailable(
        self, table_service: TableServiceClient, table_name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While Azure deletes a table it says both that it exists and that it does not."""
        monkeypatch.setattr(table_service, "create_table_if_not_exists", lambda _: None)
        with pytest.raises(StorageUnavailableError, match="TableNotFound"):
            AzureTable(table_service, table_name).commit(LANE, [Insert("row", {})])


class TestFailures:
    @pytest.mark.parametrize(
        "use",
        [
            lambda table: table.get(LANE, "row"),
            lambda table: table.query(LANE, "a", "z"),
            lambda table: table.commit(LANE, [Insert("row", {})]),
        ],
        ids=["get", "query", "commit"],
    )
    def test_storage_that_cannot_be_reached_is_unavailable(
        self, unreachable: Table, use: Callable[[Table], object]
    ) -> None:
        with pytest.raises(StorageUnavailableError, match=r"table storage: .*refused"):
            use(unreachable)

    @pytest.mark.parametrize(
        ("status", "told"),
        [
            (400, StorageRefusedError),
            (401, StorageUnavailableError),
            (403, StorageUnavailableError),
            (404, ConflictError),
            (408, StorageUnavailableError),
            (409, ConflictError),
            (412, ConflictError),
            (413, StorageRefusedError),
            (429, StorageUnavailableError),
            (500, StorageUnavailableError),
            (503, StorageUnavailableError),
        ],
    )
    def test_every_answer_to_a_transaction_has_its_meaning(
        self,
        table_service: TableServiceClient,
        table_name: str,
        monkeypatch: pytest.MonkeyPatch,
        status: int,
        told: type[Exception],
    ) -> None:
        """A conflict is looked into, a failure tried again, and a refusal is a defect."""

        def answer(*_: Any, **__: Any) -> None:
            error = TableTransactionError(message="0:Because.\nRequestId:1")
            error.status_code = status
            vars(error)["error_code"] = TableErrorCode.INVALID_INPUT
            raise error

        monkeypatch.setattr(TableClient, "submit_transaction", answer)
        with pytest.raises(told) as caught:
            AzureTable(table_service, table_name).commit(LANE, [Insert("row", {})])
        assert type(caught.value) is told
        said = f"TableTransactionError ({status} InvalidInput): 0:Because."
        assert str(caught.value) == f"table storage: {said}"

    @pytest.mark.parametrize("method", ["get_entity", "query_entities"])
    def test_storage_that_fails_to_read_is_unavailable(
        self,
        table_service: TableServiceClient,
        table_name: str,
        monkeypatch: pytest.MonkeyPatch,
        method: str,
    ) -> None:
        def fail(*_: Any, **__: Any) -> None:
            raise HttpResponseError("The server is busy.")

        monkeypatch.setattr(TableClient, method, fail)
        table = AzureTable(table_service, table_name)
        with pytest.raises(StorageUnavailableError, match=r"The server is busy\."):
            table.get(LANE, "row") if method == "get_entity" else table.query(LANE, "a", "z")
