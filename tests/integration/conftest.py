"""Parts of the integration tests: tables and queues of their own in one Azurite."""

import uuid

import pytest
from azure.data.tables import TableServiceClient

from local.parts import Azurite
from shared.storage.azure_table import AzureTable
from tests.support.tables import DeceptiveTable


@pytest.fixture(scope="session")
def table_service(azurite: Azurite) -> TableServiceClient:
    return TableServiceClient.from_connection_string(azurite.connection_string)


@pytest.fixture
def table_name() -> str:
    return f"Test{uuid.uuid4().hex}"


@pytest.fixture
def table(table_service: TableServiceClient, table_name: str) -> DeceptiveTable:
    """Give a new table in Azurite that can be told to fail."""
    return DeceptiveTable(AzureTable(table_service, table_name))
