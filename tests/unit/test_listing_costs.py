"""What a page of runs costs: a bounded number of rows and of requests, however many lanes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.run import RunStatus
from shared.domain.run.filter import RunFilter
from shared.services.reading.listing import READS_LIMIT, ListRequest
from shared.services.reading.merging import ROWS_LIMIT
from shared.storage.keys import KeyedRun, digest_of
from tests.support.listing import FLOWS, Lists
from tests.support.runs import NOW, SESSION

STATUSES = [RunStatus.QUEUED, RunStatus.UNCONFIRMED, RunStatus.SUCCEEDED, RunStatus.FAILED]


class TestCost:
    """A page may be short, or empty, and have others behind it: reading one is bounded."""

    @pytest.mark.parametrize("lanes", [1, 3, 40])
    def test_a_page_of_what_is_rare_searches_a_thousand_rows(self, lanes: int) -> None:
        app = Lists()
        rare = [app.add(0, NOW, workflow_id=FLOWS[1])]
        for number in range(2_500):
            status = STATUSES[number % len(STATUSES)]
            app.add(number % lanes, NOW + 1 + number, workflow_id=FLOWS[0], status=status)
        rare += [app.add(lanes - 1, NOW + 9_000, workflow_id=FLOWS[1])]
        where, found, pages = RunFilter(workflow_id=FLOWS[1]), [], 0
        request = ListRequest(where=where)
        while True:
            app.table.rows = app.table.requests = 0
            page = app.list(request)
            assert app.table.rows <= 1.2 * ROWS_LIMIT
            assert app.table.requests <= 10
            found += [run.id for run in page.runs]
            pages += 1
            if page.last is None:
                break
            request = replace(request, after=page.last)
        assert found == [run.id for run in reversed(rare)]
        assert pages <= 8

    @pytest.mark.parametrize("top", [1, 50, 500])
    @pytest.mark.parametrize(
        "asked",
        [
            {},
            {"where": RunFilter(statuses=frozenset({RunStatus.FAILED}))},
            {"where": RunFilter(statuses=frozenset({RunStatus.FAILED, RunStatus.QUEUED}))},
            {"where": RunFilter(workflow_id=FLOWS[0], correlation_id="a")},
            {"where": RunFilter(needs_operator=True)},
            {"where": RunFilter(needs_operator=True), "connection_name": "connection-1"},
            {"where": RunFilter(needs_operator=False)},
            {"where": RunFilter(created_after=NOW + 100, created_before=NOW + 900)},
            {"connection_name": "connection-1"},
            {"search": "a"},
            {"search": SESSION},
            {"search": "a", "connection_name": "connection-1"},
            {"key": "order 1"},
        ],
    )
    def test_no_page_takes_more_than_ten_requests(
        self, asked: dict[str, Any], top: int, many: Lists
    ) -> None:
        request = ListRequest(top=top, **asked)
        many.table.requests = 0
        for number, _ in enumerate(many.pages(request), start=1):
            assert many.table.requests <= 10, number
            many.table.requests = 0
            if number == 10:
                break

    def test_bounds_of_time_cut_what_is_searched(self) -> None:
        app = Lists()
        for number in range(400):
            app.add(number % 2, NOW + number)
        app.table.rows = 0
        where = RunFilter(workflow_id=FLOWS[1], created_after=NOW + 100, created_before=NOW + 111)
        assert app.listed(where=where) == []
        assert app.table.rows == 10

    def test_runs_that_need_an_operator_are_found_among_many_that_do_not(self) -> None:
        app = Lists()
        need = [app.add(n % 3, NOW + n, needs_operator_at=NOW) for n in range(150)]
        for number in range(2_000):
            app.add(number % 3, NOW + 1_000 + number)
        app.table.rows = app.table.requests = 0
        listed = app.listed(where=RunFilter(needs_operator=True), top=500)
        assert listed == [run.id for run in reversed(need)]
        assert (app.table.rows, app.table.requests) == (150, 1)
        app.table.requests = 0
        asked = ListRequest(RunFilter(needs_operator=True), "connection-0", top=500)
        assert len(app.list(asked).runs) == READS_LIMIT
        assert app.table.requests <= READS_LIMIT + 2
        listed = app.listed(where=asked.where, connection_name="connection-0", top=500)
        assert listed == [run.id for run in reversed(need[::3])]

    def test_a_page_of_all_runs_is_full_and_reads_little_more(self) -> None:
        app = Lists()
        for number in range(300):
            app.add(number % 3, NOW + number, status=STATUSES[number % len(STATUSES)])
        app.table.rows = app.table.requests = 0
        assert len(app.list(ListRequest(top=50)).runs) == 50
        assert (app.table.rows, app.table.requests) == (150, 5)


@pytest.fixture(scope="module")
def many() -> Lists:
    """A thousand runs in forty lanes, of every state."""
    app = Lists()
    for number in range(1_000):
        app.add(
            number % 40,
            NOW + number,
            status=STATUSES[number % len(STATUSES)],
            workflow_id=FLOWS[number % 2],
            correlation_id="a" if number % 3 else None,
            needs_operator_at=NOW if number % len(STATUSES) == 1 else None,
            flow_session_id=SESSION if number == 500 else None,
        )
    app.keys.take(digest_of("order 1"), KeyedRun(app.made[4].id, "fingerprint"))
    return app
