"""Transactions whose connection ends before their answer: the table repeats them.

Services close connections that were idle, and a request may be under way by then. The SDK repeats
single requests, but not transactions, as they are POSTs.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from azure.data.tables import TableServiceClient

from local.fault_proxy.client import FaultProxyAdmin
from local.fault_proxy.faults import Fault
from local.parts import Azurite, FaultProxy
from shared.storage.azure_table import LOST_PAUSES, AzureTable
from shared.storage.table import ConflictError, Insert, Merge, StorageUnavailableError

PARTITION = "lane"
_names = (f"Lost{number}" for number in itertools.count(1))


def _service(azurite: Azurite) -> str:
    return azurite.table_url.rpartition("/")[0]


@pytest.fixture(scope="module")
def proxy(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultProxy]:
    with FaultProxy(
        azurite.table_url.rpartition("/")[0], folder=tmp_path_factory.mktemp("proxy")
    ) as part:
        yield part


@pytest.fixture
def admin(proxy: FaultProxy) -> Iterator[FaultProxyAdmin]:
    with FaultProxyAdmin(proxy.url) as made:
        yield made
        made.clear()


@pytest.fixture
def table(azurite: Azurite, proxy: FaultProxy) -> Iterator[AzureTable]:
    behind = azurite.connection_string.replace(_service(azurite), proxy.url)
    with TableServiceClient.from_connection_string(behind) as service:
        made = AzureTable(service, next(_names))
        made.commit(PARTITION, [Insert("there", {"Number": 1})])
        yield made


def cut(*, forward: bool, times: int | None = 1) -> Fault:
    return Fault("cut", method="POST", target=r"\$batch", forward=forward, cut=True, times=times)


def test_one_that_never_arrived_is_repeated(table: AzureTable, admin: FaultProxyAdmin) -> None:
    before = admin.hits()["cut"]
    admin.add(cut(forward=False))
    table.commit(PARTITION, [Insert("new", {"Number": 2})])
    assert admin.hits()["cut"] == before + 1
    assert table.get(PARTITION, "new") is not None


def test_one_that_was_done_conflicts_with_its_own_work(
    table: AzureTable, admin: FaultProxyAdmin
) -> None:
    admin.add(cut(forward=True))
    with pytest.raises(ConflictError):
        table.commit(PARTITION, [Insert("new", {"Number": 2})])
    assert table.get(PARTITION, "new") is not None


def test_one_that_may_be_done_twice_succeeds(table: AzureTable, admin: FaultProxyAdmin) -> None:
    admin.add(cut(forward=True))
    table.commit(PARTITION, [Merge("there", {"Number": 3})])
    found = table.get(PARTITION, "there")
    assert found is not None
    assert found.properties["Number"] == 3


def test_after_some_times_it_is_unavailable(table: AzureTable, admin: FaultProxyAdmin) -> None:
    before = admin.hits()["cut"]
    admin.add(cut(forward=False, times=None))
    with pytest.raises(StorageUnavailableError):
        table.commit(PARTITION, [Insert("new", {"Number": 2})])
    assert admin.hits()["cut"] == before + 1 + len(LOST_PAUSES)
    admin.clear()
    assert table.get(PARTITION, "new") is None
