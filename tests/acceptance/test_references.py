"""Connection references bound anew: a run stays with the connection it was accepted for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.emulator.catalogue import FINANCE_CONNECTION, FINANCE_REFERENCE, HR_CONNECTION
from tests.support.broker import Broker, broker, valid_body

LIMIT, WINDOW_SECONDS = 5, 5
PACE = {
    "SUBMISSIONS_PER_WINDOW": str(LIMIT),
    "SUBMISSION_WINDOW_SECONDS": str(WINDOW_SECONDS),
}
BY_REFERENCE = {"connectionName": FINANCE_REFERENCE, "connectionType": 2}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Broker]:
    with broker(tmp_path, settings=PACE, limit=LIMIT, limit_window_seconds=WINDOW_SECONDS) as made:
        yield made


def test_a_reference_that_is_rebound_while_runs_wait_spends_no_other_connections_slots(
    app: Broker,
) -> None:
    """Dataverse resolved the reference anew: twice the limit reached one connection."""
    waiting = [app.start(**BY_REFERENCE) for _ in range(3 * LIMIT)]
    others = [app.start(connectionName=HR_CONNECTION) for _ in range(3 * LIMIT)]
    app.dataverse.bind_reference(FINANCE_REFERENCE, HR_CONNECTION)
    runs = app.until_all_final(len(waiting) + len(others))
    assert {run["status"] for run in runs} == {"Succeeded"}
    arrivals = app.dataverse.arrivals(WINDOW_SECONDS)
    for connection in (FINANCE_CONNECTION, HR_CONNECTION):
        assert arrivals[connection].most_in_window <= LIMIT
        assert arrivals[connection].accepted == 3 * LIMIT


def test_callers_see_the_name_they_gave_and_the_connection_behind_it(app: Broker) -> None:
    run = app.run(app.start(**BY_REFERENCE))
    assert (run["connectionName"], run["connectionType"]) == (FINANCE_REFERENCE, 2)
    assert run["connection"] == FINANCE_CONNECTION
    by_name = app.run(app.start())
    assert by_name["connection"] == by_name["connectionName"] == FINANCE_CONNECTION


@pytest.mark.parametrize("now_bound_to", [None, HR_CONNECTION])
def test_a_repeated_request_is_answered_from_its_key_whatever_the_reference_is_by_then(
    app: Broker, now_bound_to: str | None
) -> None:
    """It was refused, as its reference stood for nothing any more."""
    body = valid_body(**BY_REFERENCE)
    first = app.post(body, key="one")
    app.dataverse.bind_reference(FINANCE_REFERENCE, now_bound_to)
    again = app.post(body, key="one")
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["runId"] == first.json()["runId"]
    other = app.post(body | {"timeout": 60}, key="one")
    assert other.json()["error"]["code"] == "KeyReused"
