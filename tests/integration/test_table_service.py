"""The table that tests with many rows use keeps the contract that Azurite is held to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from azure.core.exceptions import HttpResponseError
from azure.data.tables import TableServiceClient

from local.fault_proxy.message import LONGEST_HEAD
from local.host.development_storage import connection_string
from shared.storage.azure_table import AzureTable
from shared.storage.table import Table
from tests.simulation.table import SimulatedTable
from tests.support.table_contract import TableContract
from tests.support.table_service import TableService


@contextmanager
def served(service: TableService) -> Iterator[TableServiceClient]:
    """Serve on a port of this machine, in a thread, and give Azure's client for it."""
    loop, stopping = asyncio.new_event_loop(), asyncio.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"

    async def serve() -> None:
        async with await asyncio.start_server(service, sock=listening, limit=LONGEST_HEAD):
            await stopping.wait()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = Thread(target=run)
    thread.start()
    told = connection_string(blob=address, queue=address, table=address)
    with TableServiceClient.from_connection_string(told, retry_total=0) as client:
        yield client
    loop.call_soon_threadsafe(stopping.set)
    thread.join()


@pytest.fixture
def service() -> Iterator[TableServiceClient]:
    with served(TableService(SimulatedTable())) as client:
        yield client


class TestTheTableOfManyRows(TableContract):
    @pytest.fixture
    def table(self, service: TableServiceClient) -> Table:
        return AzureTable(service, "Runs")


@pytest.mark.parametrize("query", ["PartitionKey eq 'a'", "RowKey gt 'a'", "Status eq 'Failed'"])
def test_what_the_app_never_asks_is_refused(service: TableServiceClient, query: str) -> None:
    """A query across partitions, or by a property, would be answered here and be slow in Azure."""
    with pytest.raises(HttpResponseError) as refused:
        list(service.get_table_client("Runs").query_entities(query))
    assert refused.value.status_code == 400
