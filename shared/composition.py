"""Azure's parts of the app: the one module that knows every SDK; assembly.py puts them together."""

from functools import partial
from typing import Any

import requests
from azure.core.pipeline.transport import RequestsTransport
from azure.data.tables import TableServiceClient
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential
from azure.storage.queue import LinearRetry, QueueClient, TextBase64EncodePolicy
from requests.adapters import HTTPAdapter

from shared.assembly import assemble
from shared.dataverse.catalog import CatalogClient
from shared.dataverse.client import DataverseClient
from shared.dataverse.token import Credential, TokenSource
from shared.dataverse.web_api import WebApi
from shared.parts import Parts
from shared.runtime import SystemClock, ThreadSignal, thread_crew
from shared.settings import Settings
from shared.storage.azure_table import AzureTable
from shared.storage.message_queue import MessageQueue
from shared.storage.message_shelf import MessageShelf
from shared.triggers.provider import Services
from shared.webhooks.sender import WebhookSender

POOL_SIZE = 64
"""Connections kept open to each service; more are opened and closed again."""

IDENTITY_LIMITS: dict[str, Any] = {
    "connection_timeout": 2,
    "read_timeout": 6,
    "retry_connect": 1,
    "retry_read": 1,
    "retry_status": 0,
    "retry_backoff_factor": 0.4,
}
"""How long a token may take: some 12 s where the identity endpoint keeps silent.

By default azure-identity waits 300 s for an answer, four times over, and obeys any Retry-After: a
dispatch and its claimed slots would wait with it. Whoever asked for the token asks again later.
"""

_STORAGE_TIMEOUTS = {"connection_timeout": 5, "read_timeout": 10}
_TABLE_RETRIES = {"retry_total": 3, "retry_backoff_factor": 0.4, "retry_backoff_max": 4}


def compose(settings: Settings) -> Services:
    """Build the app's services; nothing is called yet, so this cannot fail without a network."""
    return assemble(_parts(settings), settings.policy)


def _parts(settings: Settings) -> Parts:
    names = settings.queues
    web_api = open_web_api(settings)

    def queue(name: str, lives_ms: int | None = None) -> MessageQueue:
        return MessageQueue(open_queue(settings, name), lives_ms=lives_ms)

    return Parts(
        table=open_table(settings),
        requests=queue(names.requests),
        rejections=queue(names.rejections, settings.retention_ms),
        wake_ups=queue(names.wake_ups),
        events=queue(names.events),
        notifications=queue(names.notifications),
        dataverse=DataverseClient(web_api),
        catalog=CatalogClient(web_api),
        webhooks=WebhookSender(settings.notify_secrets, settings.destinations),
        clock=SystemClock(),
        crews=thread_crew,
        signals=ThreadSignal,
        shelves={
            shelf: MessageShelf(open_queue(settings, name)) for shelf, name in names.shelves.items()
        },
    )


def _credential(settings: Settings, client_id: str | None) -> Any:
    """Make the managed identity's credential in Azure, the developer's own elsewhere."""
    if settings.managed_identity:
        return ManagedIdentityCredential(client_id=client_id, **IDENTITY_LIMITS)
    return DefaultAzureCredential(managed_identity_client_id=client_id, **IDENTITY_LIMITS)


def open_web_api(settings: Settings) -> WebApi:
    """Make the Web API's client, which asks for a token of its own."""
    new_credential = partial[Credential](_credential, settings, settings.client_id)
    tokens = TokenSource(f"{settings.dataverse_url}/.default", new_credential)
    return WebApi(settings.dataverse_url, tokens, pool_size=POOL_SIZE)


def open_table(settings: Settings) -> AzureTable:
    """Make the table's client."""
    storage = settings.storage
    options: dict[str, Any] = _STORAGE_TIMEOUTS | _TABLE_RETRIES | {"transport": _transport()}
    if storage.connection_string is not None:
        service = TableServiceClient.from_connection_string(storage.connection_string, **options)
    else:
        credential = _credential(settings, storage.client_id)
        service = TableServiceClient(storage.table_url or "", credential=credential, **options)
    return AzureTable(service, settings.table)


def open_queue(settings: Settings, name: str) -> QueueClient:
    """Make the client of a queue, whose texts are encoded as the queue trigger reads them."""
    storage = settings.storage
    options: dict[str, Any] = _STORAGE_TIMEOUTS | {
        "retry_policy": LinearRetry(backoff=1, retry_total=2, random_jitter_range=1),
        "transport": _transport(),
        "message_encode_policy": TextBase64EncodePolicy(),
    }
    if storage.connection_string is not None:
        return QueueClient.from_connection_string(storage.connection_string, name, **options)
    credential = _credential(settings, storage.client_id)
    return QueueClient(storage.queue_url or "", name, credential=credential, **options)


def _transport() -> RequestsTransport:
    """Make a transport with a pool that many threads share; the SDK's own keeps ten."""
    session = requests.Session()
    adapter = HTTPAdapter(pool_maxsize=POOL_SIZE)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return RequestsTransport(session=session, session_owner=False)
