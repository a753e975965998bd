"""The parts of the app, put together: the one module that knows everyone."""

import logging
from functools import partial
from typing import Any

import requests
from azure.core.pipeline.transport import RequestsTransport
from azure.data.tables import TableServiceClient
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential
from azure.storage.queue import LinearRetry, QueueClient, TextBase64EncodePolicy
from requests.adapters import HTTPAdapter

from shared.dataverse.client import DataverseClient
from shared.dataverse.token import Credential, TokenSource
from shared.dataverse.web_api import WebApi
from shared.domain.callback_url import CallbackSigner
from shared.domain.run.notification import REDELIVERY
from shared.runtime import SystemClock, thread_crew
from shared.services.announcing.announce import Announce
from shared.services.announcing.notify import Notify
from shared.services.announcing.silent_receivers import SilentReceivers
from shared.services.deciding.cancel import Cancel
from shared.services.deciding.resolve import Resolve
from shared.services.following.callback import HearCallback
from shared.services.following.callback_limits import CallbackLimits
from shared.services.following.confirm import Confirm
from shared.services.following.doubles import Doubles
from shared.services.following.match import Match
from shared.services.following.poll import Poll
from shared.services.following.record import CallbackUrls, Record
from shared.services.following.restraint import Restraint
from shared.services.reading.lane_views import ViewLanes
from shared.services.reading.listing import ListRuns
from shared.services.reading.outputs import ReadOutputs
from shared.services.reading.read import Read
from shared.services.rounds.retain import Retain
from shared.services.rounds.sweep import Sweep
from shared.services.starting.connections import Connections
from shared.services.starting.ingest import Ingest
from shared.services.starting.start import Start
from shared.services.submitting.dispatch import Dispatch
from shared.services.submitting.submit import Submit
from shared.services.wake import Waker
from shared.settings import Settings
from shared.storage.azure_table import AzureTable
from shared.storage.environment import EnvironmentTable
from shared.storage.expired_runs import ExpiredRuns
from shared.storage.keys import KeyTable
from shared.storage.lanes import LaneTable
from shared.storage.message_queue import (
    EVENTS_QUEUE,
    NOTIFICATIONS_QUEUE,
    REJECTIONS_QUEUE,
    REQUESTS_QUEUE,
    WAKE_UPS_QUEUE,
    MessageQueue,
)
from shared.storage.runs import RunTable, StoredRun
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
    """Build the services; nothing is called yet, so this cannot fail for want of a network."""
    logging.getLogger("azure").setLevel(logging.WARNING)  # its INFO tells every request
    clock, pace, polling = SystemClock(), settings.pace, settings.polling
    table = _table(settings)
    runs, lanes = RunTable(table, keep_inputs=settings.keep_inputs), LaneTable(table)
    keys = KeyTable(table)
    known = EnvironmentTable(table, settings.environment)
    dataverse = _dataverse(settings)
    signer = CallbackSigner(settings.environment, settings.signing_keys)
    wake_ups = MessageQueue(_queue(settings, WAKE_UPS_QUEUE))
    events = MessageQueue(_queue(settings, EVENTS_QUEUE))
    notifications = MessageQueue(_queue(settings, NOTIFICATIONS_QUEUE))
    announce = Announce(runs, events, notifications, clock)
    runs.watchers.append(announce.at_once)
    waker = Waker(lanes, wake_ups, clock, pace)
    urls = CallbackUrls(signer, known)
    record = Record(runs, urls, clock, polling)
    ended: list[StoredRun] = []
    polled_runs = RunTable(table, keep_inputs=settings.keep_inputs)
    polled_runs.watchers.append(ended.append)
    polled_record = Record(polled_runs, urls, clock, polling)
    connections = Connections(settings.environment, known, dataverse, clock)
    base, width = settings.callback_base, settings.concurrency
    submit = Submit(runs, dataverse, signer, base, clock, pace, polling)
    sessions = Restraint(dataverse, known, clock)
    confirm = Confirm(
        runs=polled_runs,
        dataverse=sessions,
        signer=signer,
        match=Match(runs, lanes, sessions, signer),
        urls=urls,
        record=polled_record,
        waker=waker,
        clock=clock,
        pace=pace,
        polling=polling,
        absent_ms=settings.confirm_absent_ms,
    )
    start = Start(
        connections=connections,
        lanes=lanes,
        keys=keys,
        runs=runs,
        waker=waker,
        clock=clock,
        destinations=settings.destinations,
        retention_ms=settings.retention_ms,
    )
    requests = MessageQueue(_queue(settings, REQUESTS_QUEUE))
    rejections = MessageQueue(_queue(settings, REJECTIONS_QUEUE), keep=True)
    poll = Poll(
        runs=polled_runs,
        ended=ended,
        announce=announce,
        sessions=sessions,
        record=polled_record,
        confirm=confirm,
        waker=waker,
        clock=clock,
        polling=polling,
    )
    silent = SilentReceivers(clock)
    inboxes = (wake_ups, requests, events, notifications)
    webhooks = WebhookSender(settings.notify_secrets, settings.destinations)
    doubles = Doubles(runs, lanes, sessions)
    return Services(
        start=start,
        ingest=Ingest(start, rejections),
        read=Read(runs),
        list_runs=ListRuns(runs, lanes, connections),
        cancel=Cancel(runs, dataverse, record, clock),
        resolve=Resolve(runs, lanes, dataverse, record, waker, clock),
        read_outputs=ReadOutputs(runs, dataverse),
        hear_callback=HearCallback(runs, dataverse, signer, record, waker, clock),
        lanes=ViewLanes(lanes, clock, pace),
        callback_limits=CallbackLimits(clock),
        dispatch=Dispatch(lanes, submit, dataverse, waker, thread_crew, clock, pace, width),
        sweep=Sweep(lanes, waker, poll, doubles, thread_crew, clock, pace, width, inboxes),
        notify=Notify(runs, webhooks, settings.destinations, clock, REDELIVERY, silent),
        retain=Retain(
            lanes=lanes,
            runs=runs,
            expired=ExpiredRuns(table),
            keys=keys,
            crews=thread_crew,
            clock=clock,
            retention_ms=settings.retention_ms,
            concurrency=width,
        ),
    )


def _credential(settings: Settings, client_id: str | None) -> Any:
    """Make the managed identity's credential in Azure, the developer's own elsewhere."""
    if settings.managed_identity:
        return ManagedIdentityCredential(client_id=client_id, **IDENTITY_LIMITS)
    return DefaultAzureCredential(managed_identity_client_id=client_id, **IDENTITY_LIMITS)


def _dataverse(settings: Settings) -> DataverseClient:
    new_credential = partial[Credential](_credential, settings, settings.client_id)
    tokens = TokenSource(f"{settings.dataverse_url}/.default", new_credential)
    return DataverseClient(WebApi(settings.dataverse_url, tokens, pool_size=POOL_SIZE))


def _table(settings: Settings) -> AzureTable:
    storage = settings.storage
    options: dict[str, Any] = _STORAGE_TIMEOUTS | _TABLE_RETRIES | {"transport": _transport()}
    if storage.connection_string is not None:
        service = TableServiceClient.from_connection_string(storage.connection_string, **options)
    else:
        credential = _credential(settings, storage.client_id)
        service = TableServiceClient(storage.table_url or "", credential=credential, **options)
    return AzureTable(service, settings.table)


def _queue(settings: Settings, name: str) -> QueueClient:
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
