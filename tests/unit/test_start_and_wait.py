"""A start that an engine waits for: its address is told of the end once, whatever fails between."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.dataverse.errors import Answer, NotSentError, RefusedError
from shared.domain.faults import InvalidRequestError
from shared.domain.request import StartRequest
from shared.domain.run import RunStatus
from shared.domain.run.waiters import WAITERS_LIMIT
from shared.domain.wait_request import WaitRequest
from shared.services.reading.ending import PATIENCE_MS
from shared.services.refusals import TooManyWaitsError
from shared.services.starting.start import KeyReusedError
from tests.support.runs import REQUEST
from tests.support.services import REDELIVERY, Bench
from tests.support.waits import GONE, HEARD, OTHER_URL, URL, told, wait


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_run_is_told_with_its_outputs_once_it_has_ended(bench: Bench) -> None:
    bench.dataverse.given = {"Invoice": "2026-0001"}
    run_id = wait(bench).run.id
    bench.works(run_id)
    assert bench.deliver() == 0
    bench.ends(run_id)
    bench.deliver()
    ((url, body),) = told(bench)
    assert url == URL
    assert (body["runId"], body["status"]) == (run_id, "Succeeded")
    assert (body["outputs"], body["outputsError"]) == ({"Invoice": "2026-0001"}, None)
    assert [message_id for _, message_id, _ in bench.receiver.heard] == [f"evt_{run_id}"]


@pytest.mark.parametrize("status", [RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.TIMED_OUT])
def test_any_end_is_told(bench: Bench, status: RunStatus) -> None:
    run_id = wait(bench).run.id
    bench.ends(run_id, status)
    bench.deliver()
    ((_, body),) = told(bench)
    assert (body["status"], body["outputs"], body["outputsError"]) == (status.value, None, None)


def test_outputs_that_cannot_be_read_are_told_as_such(bench: Bench) -> None:
    bench.dataverse.given = RefusedError(Answer(403, "0x80048306", "no right to read"))
    run_id = wait(bench).run.id
    bench.works(run_id)
    bench.ends(run_id)
    bench.deliver()
    ((_, body),) = told(bench)
    assert body["outputs"] is None
    assert body["outputsError"]["code"] == "OutputsRefused"
    assert body["outputsError"]["message"]


def test_while_dataverse_is_away_the_outputs_are_waited_for_and_in_the_end_done_without(
    bench: Bench,
) -> None:
    bench.dataverse.given = NotSentError("no token")
    run_id = wait(bench).run.id
    bench.works(run_id)
    bench.ends(run_id)
    ended_at = bench.clock.at
    handled = bench.deliver()
    ((_, body),) = told(bench)
    assert body["outputsError"]["code"] == "OutputsUnavailable"
    assert PATIENCE_MS <= bench.clock.at - ended_at <= PATIENCE_MS + 300_000
    assert handled < 25, "it is asked for ever more seldom"


def test_a_repeat_finds_the_same_run_and_the_same_wait(bench: Bench) -> None:
    """An engine repeats a call whose answer was lost."""
    first, second = wait(bench), wait(bench)
    assert (first.run.id, first.name) == (second.run.id, second.name)
    bench.ends(first.run.id)
    bench.deliver()
    assert [url for url, _ in told(bench)] == [URL]


def test_another_address_under_the_key_is_told_as_well(bench: Bench) -> None:
    """A turn that is started anew has another address, and the old one may still be listened to."""
    first, second = wait(bench), wait(bench, OTHER_URL)
    assert first.run.id == second.run.id
    assert first.name != second.name
    bench.ends(first.run.id)
    bench.deliver()
    assert [url for url, _ in told(bench)] == [URL, OTHER_URL]


def test_another_request_under_the_key_is_refused(bench: Bench) -> None:
    wait(bench)
    other = WaitRequest(StartRequest(replace(REQUEST, timeout=7), None), URL)
    with pytest.raises(KeyReusedError):
        bench.app.start_and_wait(other, "key")


def test_a_run_that_was_started_otherwise_can_be_waited_for(bench: Bench) -> None:
    run_id = bench.app.start(StartRequest(REQUEST, None), "key").run.id
    assert wait(bench).run.id == run_id


def test_who_comes_after_the_end_is_told_at_once(bench: Bench) -> None:
    run_id = bench.app.start(StartRequest(REQUEST, None), "key").run.id
    bench.ends(run_id)
    bench.clock.at += 10 * REDELIVERY.patience
    assert wait(bench).run.final
    bench.deliver()
    assert [url for url, _ in told(bench)] == [URL]


def test_who_comes_after_the_end_is_told_by_the_sweep_if_the_queue_failed_then(
    bench: Bench,
) -> None:
    run_id = bench.app.start(StartRequest(REQUEST, None), "key").run.id
    bench.ends(run_id)
    bench.messages.fails = True
    wait(bench)
    bench.messages.fails = False
    assert bench.run(run_id).watch_at is not None
    bench.clock.sleep(60)
    bench.app.sweep()
    bench.deliver()
    assert [url for url, _ in told(bench)] == [URL]
    assert bench.run(run_id).watch_at is None


def test_who_failed_to_hear_comes_again_and_is_told_anew(bench: Bench) -> None:
    bench.receiver.answers = [GONE, HEARD]
    run_id = wait(bench).run.id
    bench.ends(run_id)
    bench.deliver()
    wait(bench)
    bench.deliver()
    assert len(told(bench)) == 2
    assert not bench.messages.sent


def test_one_too_many_is_refused_and_the_others_are_told(bench: Bench) -> None:
    run_id = wait(bench, f"{URL}0").run.id
    for number in range(1, WAITERS_LIMIT):
        wait(bench, f"{URL}{number}")
    with pytest.raises(TooManyWaitsError):
        wait(bench)
    wait(bench, f"{URL}0")
    bench.ends(run_id)
    bench.deliver()
    assert len(told(bench)) == WAITERS_LIMIT


@pytest.mark.parametrize(
    "url", ["http://engine.example.org", "https://169.254.169.254/latest/meta-data/"]
)
def test_an_address_that_nothing_may_be_sent_to_starts_nothing(bench: Bench, url: str) -> None:
    with pytest.raises(InvalidRequestError, match="notificationUrl"):
        wait(bench, url)
    assert bench.app.lanes() == []
