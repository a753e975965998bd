"""The app with a fault proxy between it and all that it calls."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableClient, TableEntity, TableServiceClient

from local.fault_proxy.client import FaultProxyAdmin
from local.fault_proxy.faults import Fault
from local.parts import Azurite, Emulator, FaultProxy, FunctionHost, settings_for
from tests.support.broker import QUICK, Broker

LIMIT, WINDOW_SECONDS = 3, 30
SETTINGS = QUICK | {
    "SUBMISSIONS_PER_WINDOW": str(LIMIT),
    "SUBMISSION_WINDOW_SECONDS": str(WINDOW_SECONDS),
    "SUBMISSION_DEADLINE_SECONDS": "5",
    "CONFIRM_ABSENT_SECONDS": "1",
    "SWEEP_SCHEDULE": "*/5 * * * * *",
    "PYTHON_THREADPOOL_THREAD_COUNT": "64",
}


LOOK_SECONDS = 0.3
ROWS = " or ".join(
    f"(RowKey gt '{kind}:' and RowKey lt '{kind};')" for kind in ("run", "due", "watch")
)


class Watch:
    """All runs as they stand in the table, read past the proxy by one query for all cells."""

    def __init__(self, table: TableClient) -> None:
        self._table = table
        self._lock = threading.Lock()
        self._read_at = 0.0
        self._rows: dict[str, list[TableEntity]] = {}

    def rows(self, lane: str) -> list[TableEntity]:
        """Give a lane's runs, places in the backlog and looks, no older than LOOK_SECONDS."""
        with self._lock:
            if time.monotonic() - self._read_at > LOOK_SECONDS:
                found: dict[str, list[TableEntity]] = defaultdict(list)
                with contextlib.suppress(ResourceNotFoundError):  # no run yet, no table
                    for row in self._table.query_entities(ROWS):
                        found[row["PartitionKey"]].append(row)
                self._rows, self._read_at = found, time.monotonic()
            return self._rows.get(lane, [])

    def runs(self, lane: str) -> list[TableEntity]:
        return [row for row in self.rows(lane) if row["RowKey"].startswith("run:")]


@dataclass(frozen=True)
class World:
    """A broker whose network can fail."""

    broker: Broker
    network: FaultProxyAdmin
    watch: Watch
    environment: str


@contextmanager
def faulty_world(folder: Path, *faults: Fault, **settings: str) -> Iterator[World]:
    """Start everything, the faults first; each connection takes LIMIT runs in WINDOW_SECONDS.

    `settings`: of the app, over those of all worlds.
    """
    limits = {"limit": LIMIT, "limit_window_seconds": WINDOW_SECONDS}
    with ExitStack() as parts:
        azurite = parts.enter_context(Azurite(folder))
        emulator = parts.enter_context(
            Emulator(folder, run_seconds=0.2, machines=500, seed=1, **limits)
        )
        storage = [url.rpartition("/")[0] for url in (azurite.table_url, azurite.queue_url)]
        proxy = parts.enter_context(FaultProxy(*storage, emulator.url, folder=folder))
        connection_string = azurite.connection_string
        for direct, through in zip(storage, proxy.urls, strict=False):
            connection_string = connection_string.replace(direct, through)
        identity = urlsplit(emulator.identity_environment["IDENTITY_ENDPOINT"]).path
        given = SETTINGS | {
            "RUN_STORAGE": connection_string,
            "DATAVERSE_URL": proxy.urls[2],
            "IDENTITY_ENDPOINT": f"{proxy.urls[2]}{identity}",
        }
        given |= settings
        network = parts.enter_context(FaultProxyAdmin(proxy.url))
        network.add(*faults)
        host = FunctionHost(settings_for(azurite, emulator, **given), folder=folder)
        broker = Broker(azurite, emulator, [parts.enter_context(host)])
        parts.callback(broker.close)
        tables = TableServiceClient.from_connection_string(azurite.connection_string)
        table = parts.enter_context(tables).get_table_client("DesktopFlowRuns")
        yield World(broker, network, Watch(table), urlsplit(proxy.urls[2]).netloc)
