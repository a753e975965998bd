"""The storage relay refuses what Azure refuses, and the app's table holds behind it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from azure.core.exceptions import HttpResponseError
from azure.data.tables import TableClient, TableServiceClient, TableTransactionError
from azure.storage.queue import QueueClient

from local.parts import Azurite, StorageRelay
from local.storage_relay.pages import LARGEST_PAGE
from shared.storage.azure_table import AzureTable
from shared.storage.table import Insert, StorageRefusedError, StorageUnavailableError, Table
from tests.support.table_contract import TableContract
from tests.support.table_limits import LANE

_names = (f"Relayed{number}" for number in itertools.count(1))


@pytest.fixture(scope="module")
def relay(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorageRelay]:
    with StorageRelay(azurite, tmp_path_factory.mktemp("relay"), busy_every=7) as part:
        yield part


@pytest.fixture(scope="module")
def service(relay: StorageRelay) -> Iterator[TableServiceClient]:
    with TableServiceClient.from_connection_string(
        relay.connection_string, retry_total=0
    ) as client:
        yield client


@pytest.fixture
def client(service: TableServiceClient) -> TableClient:
    return service.create_table(next(_names))


class TestAzureTableBehindTheRelay(TableContract):
    """Short and empty pages, busy transactions, and every bound of the service."""

    @pytest.fixture
    def table(self, relay: StorageRelay) -> Iterator[Table]:
        with TableServiceClient.from_connection_string(relay.connection_string) as patient:
            yield AzureTable(patient, next(_names))

    def test_an_entity_over_one_mebibyte_is_refused(self, table: Table) -> None:
        """Azurite alone takes it."""
        chunks = {f"Chunk{n:02d}": b"x" * 60_000 for n in range(18)}
        with pytest.raises(StorageRefusedError, match="EntityTooLarge"):
            table.commit(LANE, [Insert("row", chunks)])

    def test_a_transaction_over_four_mebibytes_as_sent_is_refused(self, table: Table) -> None:
        """3.2 MiB of bytes are more than 4 MiB in base64."""
        rows = [
            Insert(f"row{n}", {f"Chunk{k:02d}": b"x" * 60_000 for k in range(14)}) for n in range(4)
        ]
        with pytest.raises(StorageRefusedError, match="RequestBodyTooLarge"):
            table.commit(LANE, rows)

    def test_more_than_a_page_may_be_asked_for(self, table: Table) -> None:
        """A query of 5,000 was one page of 5,000, which Azure answers with 400."""
        for start in range(0, 1_200, 100):
            table.commit(LANE, [Insert(f"due:{n:04d}", {}) for n in range(start, start + 100)])
        found = table.query(LANE, "due:", "due;", limit=5_000)
        assert [entity.row for entity in found] == [f"due:{n:04d}" for n in range(1_200)]
        assert len(table.query(LANE, "due:", "due;", limit=1_100)) == 1_100


@pytest.mark.parametrize("top", [LARGEST_PAGE + 1, 5_000])
def test_a_page_over_a_thousand_is_refused(client: TableClient, top: int) -> None:
    with pytest.raises(HttpResponseError) as refused:
        list(client.query_entities("PartitionKey eq 'a'", results_per_page=top))
    assert refused.value.status_code == 400


def test_pages_come_short_and_empty_with_a_token_to_go_on(client: TableClient) -> None:
    for start in range(0, 300, 100):
        operations = [
            ("create", {"PartitionKey": "a", "RowKey": f"{n:03d}"})
            for n in range(start, start + 100)
        ]
        _submit(client, operations)
    lengths, rows = set[int](), list[str]()
    for _ in range(6):
        pages = client.query_entities("PartitionKey eq 'a'", results_per_page=50).by_page()
        found = [[entity["RowKey"] for entity in page] for page in pages]
        lengths |= {len(page) for page in found}
        rows = [row for page in found for row in page]
        assert rows == [f"{n:03d}" for n in range(300)]
    assert 0 in lengths
    assert any(0 < length < 50 for length in lengths)


def test_a_busy_transaction_is_refused_within_a_202_and_changes_nothing(
    client: TableClient,
) -> None:
    refused = list[TableTransactionError]()
    for n in range(14):
        try:
            client.submit_transaction([("create", {"PartitionKey": "b", "RowKey": f"{n:02d}"})])
        except TableTransactionError as error:
            refused.append(error)
    assert [(error.status_code, _code(error)) for error in refused] == [(503, "ServerBusy")] * 2
    assert len(list(client.query_entities("PartitionKey eq 'b'"))) == 14 - len(refused)


def test_a_partition_that_is_asked_for_too_much_is_busy(
    azurite: Azurite, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("slow")
    with (
        StorageRelay(azurite, folder, entities_a_second=50, whole_pages=True) as part,
        TableServiceClient.from_connection_string(part.connection_string, retry_total=0) as made,
    ):
        client = made.create_table(next(_names))
        client.submit_transaction(
            [("create", {"PartitionKey": "c", "RowKey": f"{n:02d}"}) for n in range(99)]
        )
        with pytest.raises(HttpResponseError) as refused:
            _read_all(client, times=20)
        assert refused.value.status_code == 503
        with pytest.raises(TableTransactionError) as busy:
            client.submit_transaction([("create", {"PartitionKey": "c", "RowKey": "more"})])
        assert _code(busy.value) == "ServerBusy"
        client.create_entity({"PartitionKey": "other", "RowKey": "not concerned"})


@pytest.mark.parametrize(
    ("text", "options"),
    [("x" * 70_000, {}), ("x", {"visibility_timeout": 8 * 24 * 3600})],
    ids=["a message over 64 KiB", "a wait over seven days"],
)
def test_what_queue_storage_never_takes_is_refused(
    relay: StorageRelay, text: str, options: dict[str, int]
) -> None:
    with QueueClient.from_connection_string(
        relay.connection_string, f"relayed-{len(text)}", retry_total=0
    ) as queue:
        queue.create_queue()
        with pytest.raises(HttpResponseError) as refused:
            queue.send_message(text, **options)
        assert refused.value.status_code in (400, 413)
        queue.send_message("y" * 60_000)


def test_busy_storage_is_unavailable_and_no_defect(
    azurite: Azurite, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with (
        StorageRelay(azurite, tmp_path_factory.mktemp("busy"), busy_every=1) as part,
        TableServiceClient.from_connection_string(part.connection_string, retry_total=0) as made,
        pytest.raises(StorageUnavailableError, match="ServerBusy"),
    ):
        AzureTable(made, next(_names)).commit(LANE, [Insert("row", {})])


def _read_all(client: TableClient, *, times: int) -> None:
    for _ in range(times):
        list(client.query_entities("PartitionKey eq 'c'"))


def _code(error: TableTransactionError) -> object:
    return getattr(error, "error_code", None)


def _submit(client: TableClient, operations: list[tuple[str, dict[str, str]]]) -> None:
    """Commit though one of the transactions is answered with ServerBusy."""
    try:
        client.submit_transaction(operations)
    except TableTransactionError:
        client.submit_transaction(operations)
