"""Telling who waits: until he has heard, or for days; nobody is forgotten, and few told twice."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from shared.domain.run import RunStatus
from shared.storage.table import StorageUnavailableError
from tests.support.services import REDELIVERY, Bench
from tests.support.waits import FAILED, GONE, HEARD, OTHER_URL, SILENT, URL, told, wait


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_receiver_that_fails_is_told_again_until_he_has_heard(bench: Bench) -> None:
    bench.receiver.answers = [FAILED, FAILED, HEARD]
    bench.ends(wait(bench).run.id)
    assert bench.deliver() == 3
    assert len({text for _, _, text in bench.receiver.heard}) == 1


def test_the_wait_that_he_asks_for_is_kept(bench: Bench) -> None:
    bench.receiver.answers = [replace(FAILED, retry_after=90_000), HEARD]
    bench.ends(wait(bench).run.id)
    before = bench.clock.at
    bench.deliver()
    assert bench.clock.at == before + 90_000


def test_after_days_of_failures_he_is_given_up(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.receiver.answers = [FAILED]
    bench.ends(wait(bench).run.id)
    before = bench.clock.at
    with caplog.at_level(logging.WARNING):
        bench.deliver()
    assert bench.clock.at == before + REDELIVERY.patience
    assert "given_up=True" in caplog.text


def test_one_who_is_gone_is_given_up_at_once(bench: Bench) -> None:
    bench.receiver.answers = [GONE]
    bench.ends(wait(bench).run.id)
    assert bench.deliver() == 1


def test_one_who_keeps_silent_is_left_alone_for_a_while(bench: Bench) -> None:
    """Another waits at the same host: each attempt may take 15 s."""
    bench.receiver.answers = [SILENT, HEARD]
    wait(bench)
    bench.ends(wait(bench, OTHER_URL).run.id)
    bench.deliver(times=2)
    assert len(told(bench)) == 1
    bench.deliver()
    assert {url for url, _ in told(bench)[1:]} == {URL, OTHER_URL}


def test_a_message_that_comes_twice_tells_nobody_twice(bench: Bench) -> None:
    bench.ends(wait(bench).run.id)
    bench.messages.sent *= 2
    bench.deliver()
    assert len(told(bench)) == 1


def test_of_two_messages_for_one_attempt_one_goes_on(bench: Bench) -> None:
    """Else there were more of them with every failure."""
    bench.receiver.answers = [FAILED]
    bench.ends(wait(bench).run.id)
    bench.messages.sent *= 2
    bench.deliver(times=2)
    assert len(bench.messages.sent) == 1


def test_who_dies_after_he_asked_for_the_next_attempt_loses_nothing(bench: Bench) -> None:
    """The message that he did not finish comes again, beside the next one."""
    bench.receiver.answers = [FAILED, HEARD]
    bench.ends(wait(bench).run.id, RunStatus.FAILED)
    text, _ = bench.messages.sent[0]
    bench.table.lost = [StorageUnavailableError("died")]
    bench.deliver(times=1)
    bench.handle(text)
    bench.deliver()
    assert len(told(bench)) == 2


def test_a_run_that_is_gone_by_then_is_told_to_nobody(bench: Bench) -> None:
    bench.ends(wait(bench).run.id)
    bench.clock.at += bench.policy.retention
    bench.app.retain()
    bench.deliver()
    assert told(bench) == []


def test_no_address_is_logged(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.receiver.answers = [FAILED, HEARD]
    with caplog.at_level(logging.INFO):
        awaited = wait(bench)
        bench.ends(awaited.run.id)
        bench.deliver()
        bench.app.leave_wait(awaited.name)
    assert "run.delivered" in caplog.text
    assert "engine.example.org" not in caplog.text
    assert "hush" not in caplog.text
