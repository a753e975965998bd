"""The whole app with all that it needs, as it is measured: hosts, Azurite, the emulator."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from azure.data.tables import TableServiceClient

from benchmarks.caller import Caller, Json, side_by_side
from benchmarks.full_table import Backlog, Backlogs
from benchmarks.harness.effort import Effort
from local.emulator.admin_client import EmulatorAdmin
from local.emulator.catalogue import POST_INVOICE
from local.emulator.records import Submission
from local.parts import Azurite, Emulator, FunctionHost, settings_for
from shared.domain.identifiers import lane_id
from shared.domain.lane import Lane
from shared.settings import read
from shared.storage.azure_table import AzureTable
from shared.storage.lanes import LaneTable
from tests.support.broker import free_ports

BARE = Path(__file__).resolve().parent / "bare"
BATCH = 100
BOUNDLESS = {"requests_per_window": 10**6, "execution_seconds_per_window": 10**6}
"""Where storage is measured, the user's limits at Dataverse are out of the way."""


@dataclass(frozen=True)
class World:
    """`settings`: the app's; `hosts`: they share one backlog, and callbacks go to the first.

    `table`: what stands for Table Storage, if that is not Azurite.
    """

    settings: dict[str, str]
    dataverse: EmulatorAdmin
    hosts: list[FunctionHost]
    table: Backlogs | None = None

    @property
    def host(self) -> FunctionHost:
        return self.hosts[0]

    def lane(self, connection: str) -> str:
        return lane_id(read(self.settings).environment, connection)

    def make_lane(self, connection: str) -> str:
        """Make the lane of a connection that nobody has started a run on; give its id.

        So it can be paused before its first run, which would be submitted at once.
        """
        settings = read(self.settings)
        service = TableServiceClient.from_connection_string(self.settings["RUN_STORAGE"])
        made = Lane(self.lane(connection), settings.environment, connection)
        with service:
            LaneTable(AzureTable(service, settings.table)).ensure(made)
        return made.id

    def paused_lane(self, connection: str, until: float | None = None) -> str:
        """Make a lane that waits, until a time (s since the epoch) or for ever; give its id."""
        made = self.make_lane(connection)
        body: Json = {"reason": "What is measured begins later."}
        if until is not None:
            body["until"] = datetime.fromtimestamp(until, UTC).isoformat().replace("+00:00", "Z")
        with Caller(self.host) as caller:
            caller.call("POST", f"/lanes/{made}/pause", body)
        return made

    def queue(self, connection: str, count: int, width: int = 2, **fields: Any) -> list[str]:
        """Start so many runs on a connection, a hundred a call; give their ids, in no order."""
        ids: list[str] = []

        def start(caller: Caller, first: int) -> None:
            wanted = range(first, min(first + BATCH, count))
            keyed = [
                {**body(connection, **fields), "idempotencyKey": secrets.token_hex(8)}
                for _ in wanted
            ]
            told = caller.call("POST", "/runs/batch", {"runs": keyed})["value"]
            ids.extend(each["run"]["runId"] for each in told)

        side_by_side(self.host, width, start, range(0, count, BATCH))
        return ids

    def submissions(self, connection: str | None = None) -> list[Submission]:
        """Give what Dataverse accepted, of all connections or of one."""
        seen = self.dataverse.state().submissions
        return [
            each
            for each in seen
            if each.outcome == "accepted" and connection in (None, each.connection)
        ]

    def accepted(self, connection: str) -> int:
        """Count what Dataverse accepted of a connection."""
        found = self.dataverse.arrivals().get(connection)
        return 0 if found is None else found.accepted


def body(connection: str, **fields: Any) -> Json:
    """Give a valid start."""
    start = {"workflowId": POST_INVOICE.id, "connectionName": connection, "runMode": "unattended"}
    return start | fields


def run_of(callback_url: str | None) -> str:
    """Read a run's id from its callback address, `<base>/api/callbacks/<run id>/<signature>`."""
    return (callback_url or "//").split("/")[-2]


@contextmanager
def world(
    effort: Effort,
    *,
    hosts: int = 1,
    timers: bool = True,
    settings: Mapping[str, str] | None = None,
    behaviour: Mapping[str, Any] | None = None,
    backlogs: Sequence[Backlog] | None = None,
    **emulator: Any,
) -> Iterator[World]:
    """Start the parts and the hosts, each of which has answered its first request.

    `emulator`: options of its command; `behaviour`: what else is set of it. `settings`: the app's,
    over those of a local run. `backlogs`: the table is one in memory with these (full_table.py).
    """
    options = {"machines": 1000, "run_seconds": 1, "seed": 1} | emulator
    with ExitStack() as parts:
        azurite = parts.enter_context(Azurite(effort.folder))
        dataverse = parts.enter_context(Emulator(effort.folder, **options))
        admin = parts.enter_context(EmulatorAdmin(dataverse.url))
        if behaviour:
            admin.change_behaviour(**behaviour)
        given = settings_for(azurite, dataverse, **(settings or {}))
        table = None
        if backlogs is not None:
            netloc = urlsplit(dataverse.url).netloc
            table = parts.enter_context(Backlogs(azurite, netloc, effort.folder, backlogs))
            given["RUN_STORAGE"] = table.connection_string
        ports = free_ports(hosts)
        given.setdefault("CALLBACK_BASE_URL", f"http://127.0.0.1:{ports[0]}")
        serving = [
            parts.enter_context(FunctionHost(given, folder=effort.folder, port=port, timers=timers))
            for port in ports
        ]
        for host in serving:
            with Caller(host) as caller:
                caller.call("GET", "/runs")
        yield World(given, admin, serving, table)


@contextmanager
def bare_host(effort: Effort, made: World, **settings: str) -> Iterator[FunctionHost]:
    """Start a host whose app makes bare calls (bare/function_app.py), on the same services."""
    given = made.settings | {"RUN_TABLE": "Bare"} | settings
    with FunctionHost(given, BARE, folder=effort.folder) as host, Caller(host) as caller:
        caller.call("POST", "/wake", {}, expect=202)  # makes its table and its queue
        yield host
