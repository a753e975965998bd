"""What lists of all lanes cost, on the wire: a page each, however many lanes and runs there are."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from azure.data.tables import TableServiceClient

from local.parts import Azurite, Emulator, settings_for
from shared.composition import compose
from shared.domain.identifiers import lane_id, run_id
from shared.domain.run import FINAL, Run, RunStatus
from shared.domain.run.filter import RunFilter
from shared.domain.run.notification import Notification
from shared.services.reading.listing import Listed, ListRequest
from shared.settings import read
from shared.storage.azure_table import AzureTable
from shared.storage.keys import KeyedRun, KeyTable, digest_of
from shared.triggers.provider import Services
from tests.support.meter import Meter, metered
from tests.support.runs import NOW, REQUEST, queued
from tests.support.seeding import seed, seed_index

LANES, OF_EACH = 100, 8
REQUESTS = 10
"""How many requests to storage a page takes at the most."""

STATUSES = [each for each in RunStatus if each is not RunStatus.SUBMITTING]
FLOWS = [f"8f6c1d52-0000-0000-0000-00000000000{n}" for n in range(2)]


def session_of(number: int) -> str:
    return f"d9687093-d0c0-ec11-983e-{number:012d}"


def made(environment: str, number: int) -> Run:
    """Make a run of one of the lanes: each is of another state, and every ninth is in need."""
    connection = f"connection-{number % LANES}"
    status = STATUSES[number % len(STATUSES)]
    request = replace(
        REQUEST,
        connection_name=connection,
        workflow_id=FLOWS[number == 3],
        correlation_id=f"order {number // 3}",
    )
    given_up = number % 10 == 0 and status in FINAL
    return replace(
        queued(),
        id=run_id(lane_id(environment, connection), NOW + number, number.to_bytes(10, "big")),
        request=request,
        created_at=NOW + number,
        status=status,
        flow_session_id=None if status is RunStatus.QUEUED else session_of(number),
        needs_operator_at=NOW if status is RunStatus.UNCONFIRMED else None,
        notification=Notification(NOW, given_up_at=NOW) if given_up else None,
        ended_at=NOW if status in FINAL else None,
    )


class Stored:
    """The services over many lanes; `runs`: what there is, the newest first."""

    def __init__(self, services: Services, runs: list[Run], meter: Meter) -> None:
        self.services, self.runs, self.meter = services, runs, meter

    def page(self, request: ListRequest) -> Listed:
        self.meter.seen.clear()
        page = self.services.list_runs(request)
        assert self.meter.seen["table"] <= REQUESTS, request
        assert not self.meter.seen["Dataverse"]
        return page

    def listed(self, **asked: Any) -> list[Run]:
        """Go from page to page to the end."""
        request, found = ListRequest(**asked), list[Run]()
        while True:
            page = self.page(request)
            found += page.runs
            if page.last is None:
                return found
            request = replace(request, after=page.last)


@pytest.fixture(scope="module")
def stored(azurite: Azurite, emulator: Emulator) -> Iterator[Stored]:
    settings = read(settings_for(azurite, emulator, RUN_TABLE=f"Lists{uuid.uuid4().hex}"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in emulator.identity_environment.items():
            patch.setenv(name, value)
        services = compose(settings)
        environment = settings.environment
        client = TableServiceClient.from_connection_string(azurite.connection_string)
        table = AzureTable(client, settings.table)
        runs = [made(environment, number) for number in range(LANES * OF_EACH)]
        seed(table, environment, runs)
        seed_index(table, environment, runs, NOW)
        KeyTable(table).take(digest_of("invoice 9"), KeyedRun(runs[9].id, "fingerprint"))
        places = {azurite.table_url: "table", f"{emulator.url}/api/data": "Dataverse"}
        meter = Meter(places)
        with metered(meter):
            yield Stored(services, runs[::-1], meter)


@pytest.mark.parametrize("top", [50, 500])
@pytest.mark.parametrize(
    "where",
    [
        RunFilter(),
        RunFilter(statuses=frozenset({RunStatus.FAILED})),
        RunFilter(statuses=frozenset({RunStatus.FAILED, RunStatus.TIMED_OUT, RunStatus.QUEUED})),
        RunFilter(needs_operator=True),
        RunFilter(correlation_id="order 7"),
        RunFilter(created_after=NOW + 400, created_before=NOW + 900),
        RunFilter(workflow_id=FLOWS[1]),
        RunFilter(workflow_id=FLOWS[1], needs_operator=False),
    ],
)
def test_a_list_of_all_lanes_is_a_page_each(stored: Stored, where: RunFilter, top: int) -> None:
    assert stored.listed(where=where, top=top) == [run for run in stored.runs if where.matches(run)]


@pytest.mark.parametrize("needs_operator", [None, True])
def test_a_list_of_one_lane_is_a_page_too(stored: Stored, needs_operator: bool | None) -> None:
    where = RunFilter(needs_operator=needs_operator)
    wanted = [
        run
        for run in stored.runs
        if run.request.connection_name == "connection-7" and where.matches(run)
    ]
    assert wanted
    assert stored.listed(where=where, connection_name="connection-7") == wanted


def test_a_search_finds_a_run_by_each_of_its_names(stored: Stored) -> None:
    run = stored.runs[-1 - 9]
    assert run in stored.listed(search="order 3")
    for name in (run.id, session_of(9), session_of(9).upper(), "invoice 9"):
        assert stored.listed(search=name) == [run]
    assert stored.listed(search="invoice") == []
    assert stored.listed(key="invoice 9") == [run]


def test_the_first_of_those_that_need_somebody_are_a_request_each(stored: Stored) -> None:
    index = stored.services.list_runs.index
    needing = [run for run in stored.runs if run.needs_operator_at is not None]
    given_up = [run for run in stored.runs if run.notification is not None]
    for first, wanted in ((index.needing, needing), (index.given_up, given_up)):
        stored.meter.seen.clear()
        some = first(20)
        assert (list(some.runs), some.more) == (wanted[:20], True)
        assert stored.meter.seen["table"] == 1
