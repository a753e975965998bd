"""A start that an engine waits for: its address is told of the end once, whatever fails between."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import pytest

from shared.dataverse.errors import Answer, NotSentError, RefusedError
from shared.domain.faults import InvalidRequestError
from shared.domain.request import StartRequest
from shared.domain.run import RunStatus
from shared.domain.run.notification import Delivery
from shared.domain.run.waiters import WAITERS_LIMIT
from shared.domain.wait_request import WaitRequest
from shared.services.reading.ending import PATIENCE_MS
from shared.services.refusals import TooManyWaitsError
from shared.services.starting.start import KeyReusedError
from shared.services.starting.wait import Awaited
from shared.storage.table import ConflictError, StorageUnavailableError
from tests.support.runs import REQUEST, SESSION
from tests.support.services import REDELIVERY, Bench

URL = "https://prod-1.engine.example.org:443/workflows/a/run?sp=%2Frun&sig=hush-hush"
OTHER_URL = f"{URL}-2"
HEARD, FAILED = Delivery(), Delivery("it answered 500")
SILENT, GONE = Delivery("no answer", answered=False), Delivery("it answered 410", gone=True)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def wait(bench: Bench, url: str = URL, *, cancels: bool = False, key: str = "key") -> Awaited:
    request = WaitRequest(StartRequest(REQUEST, None), url, cancels)
    return bench.app.start_and_wait(request, key)


def told(bench: Bench) -> list[tuple[str, Any]]:
    """Give the addresses that were told of an end, each with what it was told."""
    return [(url, json.loads(text)) for url, _, text in bench.receiver.heard]


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


class TestTelling:
    """Attempts go on until somebody has heard, or for days; none is lost, and few are double."""

    def test_a_receiver_that_fails_is_told_again_until_he_has_heard(self, bench: Bench) -> None:
        bench.receiver.answers = [FAILED, FAILED, HEARD]
        bench.ends(wait(bench).run.id)
        assert bench.deliver() == 3
        assert len({text for _, _, text in bench.receiver.heard}) == 1

    def test_the_wait_that_he_asks_for_is_kept(self, bench: Bench) -> None:
        bench.receiver.answers = [replace(FAILED, retry_after=90_000), HEARD]
        bench.ends(wait(bench).run.id)
        before = bench.clock.at
        bench.deliver()
        assert bench.clock.at == before + 90_000

    def test_after_days_of_failures_he_is_given_up(
        self, bench: Bench, caplog: pytest.LogCaptureFixture
    ) -> None:
        bench.receiver.answers = [FAILED]
        bench.ends(wait(bench).run.id)
        before = bench.clock.at
        with caplog.at_level(logging.WARNING):
            bench.deliver()
        assert bench.clock.at == before + REDELIVERY.patience
        assert "given_up=True" in caplog.text

    def test_one_who_is_gone_is_given_up_at_once(self, bench: Bench) -> None:
        bench.receiver.answers = [GONE]
        bench.ends(wait(bench).run.id)
        assert bench.deliver() == 1

    def test_one_who_keeps_silent_is_left_alone_for_a_while(self, bench: Bench) -> None:
        """Another waits at the same host: each attempt may take 15 s."""
        bench.receiver.answers = [SILENT, HEARD]
        wait(bench)
        bench.ends(wait(bench, OTHER_URL).run.id)
        bench.deliver(times=2)
        assert len(told(bench)) == 1
        bench.deliver()
        assert {url for url, _ in told(bench)[1:]} == {URL, OTHER_URL}

    def test_a_message_that_comes_twice_tells_nobody_twice(self, bench: Bench) -> None:
        bench.ends(wait(bench).run.id)
        bench.messages.sent *= 2
        bench.deliver()
        assert len(told(bench)) == 1

    def test_of_two_messages_for_one_attempt_one_goes_on(self, bench: Bench) -> None:
        """Else there were more of them with every failure."""
        bench.receiver.answers = [FAILED]
        bench.ends(wait(bench).run.id)
        bench.messages.sent *= 2
        bench.deliver(times=2)
        assert len(bench.messages.sent) == 1

    def test_who_dies_after_he_asked_for_the_next_attempt_loses_nothing(self, bench: Bench) -> None:
        """The message that he did not finish comes again, beside the next one."""
        bench.receiver.answers = [FAILED, HEARD]
        bench.ends(wait(bench).run.id, RunStatus.FAILED)
        text, _ = bench.messages.sent[0]
        bench.table.lost = [StorageUnavailableError("died")]
        bench.deliver(times=1)
        bench.handle(text)
        bench.deliver()
        assert len(told(bench)) == 2

    def test_a_run_that_is_gone_by_then_is_told_to_nobody(self, bench: Bench) -> None:
        bench.ends(wait(bench).run.id)
        bench.clock.at += bench.policy.retention
        bench.app.retain()
        bench.deliver()
        assert told(bench) == []

    def test_no_address_is_logged(self, bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
        bench.receiver.answers = [FAILED, HEARD]
        with caplog.at_level(logging.INFO):
            awaited = wait(bench)
            bench.ends(awaited.run.id)
            bench.deliver()
            bench.app.leave_wait(awaited.name)
        assert "run.delivered" in caplog.text
        assert "engine.example.org" not in caplog.text
        assert "hush" not in caplog.text


class TestLeaving:
    """Who leaves is told nothing more, and may have the run cancelled by that."""

    def test_who_left_is_not_told(self, bench: Bench) -> None:
        awaited = wait(bench)
        bench.works(awaited.run.id)
        bench.app.leave_wait(awaited.name)
        bench.ends(awaited.run.id)
        bench.deliver()
        assert told(bench) == []
        assert bench.dataverse.cancelled == []

    def test_who_leaves_when_the_message_is_under_way_is_not_told(self, bench: Bench) -> None:
        awaited = wait(bench)
        bench.ends(awaited.run.id)
        bench.app.leave_wait(awaited.name)
        bench.deliver()
        assert told(bench) == []

    def test_who_asked_for_that_cancels_a_queued_run(self, bench: Bench) -> None:
        awaited = wait(bench, cancels=True)
        bench.app.leave_wait(awaited.name)
        assert bench.run(awaited.run.id).status is RunStatus.CANCELLED

    def test_who_asked_for_that_cancels_a_running_run_once(self, bench: Bench) -> None:
        awaited = wait(bench, cancels=True)
        bench.works(awaited.run.id)
        for _ in range(3):
            bench.app.leave_wait(awaited.name)
        assert bench.dataverse.cancelled == [SESSION]
        assert bench.run(awaited.run.id).cancel_requested_at is not None

    def test_who_leaves_after_the_end_changes_nothing(self, bench: Bench) -> None:
        awaited = wait(bench, cancels=True)
        bench.works(awaited.run.id)
        bench.ends(awaited.run.id)
        bench.deliver()
        bench.app.leave_wait(awaited.name)
        assert bench.run(awaited.run.id).status is RunStatus.SUCCEEDED
        assert bench.dataverse.cancelled == []

    def test_while_another_waits_the_run_goes_on(self, bench: Bench) -> None:
        first, second = wait(bench, cancels=True), wait(bench, OTHER_URL, cancels=True)
        bench.works(first.run.id)
        bench.app.leave_wait(first.name)
        assert bench.dataverse.cancelled == []
        bench.app.leave_wait(second.name)
        assert bench.dataverse.cancelled == [SESSION]

    def test_a_leaving_that_the_sdk_repeated_is_one(self, bench: Bench) -> None:
        awaited = wait(bench, cancels=True)
        bench.works(awaited.run.id)
        bench.table.errors = [ConflictError("409")]
        bench.app.leave_wait(awaited.name)
        assert bench.run(awaited.run.id).cancel_requested_at is not None

    def test_a_run_that_is_gone_can_be_left(self, bench: Bench) -> None:
        awaited = wait(bench, cancels=True)
        bench.ends(awaited.run.id)
        bench.clock.at += bench.policy.retention
        bench.app.retain()
        assert bench.app.read(awaited.run.id) is None
        bench.app.leave_wait(awaited.name)

    def test_a_refusal_to_cancel_is_no_error_of_who_leaves(self, bench: Bench) -> None:
        """Nobody could do anything about it there; the run remembers, and looks try again."""

        bench.dataverse.refuses = RefusedError(Answer(403, "0x80048306", "no right to cancel"))
        awaited = wait(bench, cancels=True)
        bench.works(awaited.run.id)
        bench.app.leave_wait(awaited.name)
        assert bench.run(awaited.run.id).cancel_requested_at is not None
