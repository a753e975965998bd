"""Notifying with the real sender and a real table: what a forged name leads to, told on its run."""

import socket
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.destinations import Destinations
from shared.domain.instants import DAY_MS
from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import announced, end
from shared.domain.run.notification import REDELIVERY
from shared.services.announcing.notify import Notify
from shared.services.announcing.silent_receivers import REST_SECONDS, SilentReceivers
from shared.storage.runs import RunTable
from shared.webhooks.sender import WebhookSender
from tests.support.clocks import HandClock
from tests.support.runs import NOW, RUN_ID, start_request
from tests.support.tables import DeceptiveTable
from tests.support.wire import answers, closes, server

SECRETS = (b"s" * 32,)


@pytest.fixture
def clock() -> HandClock:
    return HandClock(at=NOW + 1_000)


@pytest.fixture
def runs(table: DeceptiveTable) -> RunTable:
    return RunTable(table)


def notify(
    runs: RunTable, clock: HandClock, *private_hosts: str, silent: SilentReceivers | None = None
) -> Run:
    """Do what the message asks for, and give the run after it."""
    destinations = Destinations(enabled=True, private_hosts=frozenset(private_hosts))
    sender = WebhookSender(SECRETS, destinations)
    silent = silent or SilentReceivers(clock)
    Notify(runs, sender, destinations, clock, REDELIVERY, silent)(RUN_ID)
    stored = runs.read(RUN_ID)
    assert stored is not None
    return stored.run


def over(runs: RunTable, url: str) -> None:
    """Keep a run that ended, was published, and is to be told to this address."""
    runs.insert(RUN_ID, start_request(notify_url=url))
    for step in (
        lambda run: end(run, RunStatus.SUCCEEDED, at=NOW),
        lambda run: announced(run, at=NOW),
    ):
        stored = runs.read(RUN_ID)
        assert stored is not None
        runs.change(stored, step)


def test_a_name_that_stands_for_the_metadata_service_is_refused_and_the_run_says_so(
    runs: RunTable, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start could not know: the name was a stranger's, and stood for another machine then."""
    over(runs, "https://rebinding.example.org/latest/meta-data/")
    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 443))

    def resolve(host: str, *rest: Any, **options: Any) -> Any:
        forged = host == "rebinding.example.org"
        return [address] if forged else original(host, *rest, **options)

    original = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    notification = notify(runs, clock).notification
    assert notification is not None
    assert notification.error == "refused: 169.254.169.254 is no public address"
    assert notification.pending


def test_a_host_that_is_vouched_for_no_more_is_not_told(runs: RunTable, clock: HandClock) -> None:
    with server(answers(200)) as receiver:
        over(runs, receiver.url)
        before = notify(runs, clock)
        clock.at += DAY_MS
        after = notify(runs, clock, "127.0.0.1")
    assert before.notification is not None
    assert "NOTIFY_PRIVATE_HOSTS" in (before.notification.error or "")
    assert after.notification is not None
    assert after.notification.delivered_at == clock.at


def test_before_an_attempt_is_due_none_is_made(runs: RunTable, clock: HandClock) -> None:
    """A message may come twice, or late."""
    with server(answers(500)) as receiver:
        over(runs, receiver.url)
        for _ in range(3):
            notify(runs, clock, "127.0.0.1")
        assert len(receiver.heard) == 1
        clock.at += REDELIVERY.waits[0]
        notify(runs, clock, "127.0.0.1")
        assert len(receiver.heard) == 2


def test_a_clock_that_is_a_little_behind_makes_no_message_too_early(
    runs: RunTable, clock: HandClock
) -> None:
    """The message comes at once, to another instance; nobody would look again for two minutes."""
    with server(answers(200)) as receiver:
        over(runs, receiver.url)
        clock.at = NOW - 500
        run = notify(runs, clock, "127.0.0.1")
    assert run.notification is not None
    assert run.notification.delivered_at == clock.at


def test_after_a_day_of_failures_it_is_given_up_and_told_on_the_run(
    runs: RunTable, clock: HandClock
) -> None:
    with server(answers(500)) as receiver:
        over(runs, receiver.url)
        run = notify(runs, clock, "127.0.0.1")
        while run.notification and run.notification.pending:
            clock.at = run.notification.due_at
            run = notify(runs, clock, "127.0.0.1")
    assert run.notification is not None
    assert run.notification.given_up_at == NOW + DAY_MS
    assert run.notification.error == "it answered 500"
    assert announced(run, at=clock.at).watch_at is None, "once the index has it"
    assert len(receiver.heard) == run.notification.attempts == 13


def test_a_receiver_that_does_not_answer_is_left_alone_for_a_while(
    runs: RunTable, clock: HandClock
) -> None:
    """Each attempt may keep a thread for 15 s: others would wait behind it."""
    silent = SilentReceivers(clock)
    with server(closes, closes, answers(200)) as receiver:
        over(runs, receiver.url)
        run = notify(runs, clock, "127.0.0.1", silent=silent)
        clock.at += DAY_MS // 2
        notify(runs, clock, "127.0.0.1", silent=silent)
        assert len(receiver.heard) == 1
        clock.seconds += REST_SECONDS
        run = notify(runs, clock, "127.0.0.1", silent=silent)
        assert len(receiver.heard) == 2
        assert run.notification is not None
        clock.seconds += REST_SECONDS
        clock.at = run.notification.due_at
        assert notify(runs, clock, "127.0.0.1", silent=silent).watch_at is None
        assert not silent.rest("127.0.0.1")


def test_nobody_is_told_before_the_run_has_ended(runs: RunTable, clock: HandClock) -> None:
    runs.insert(RUN_ID, start_request(notify_url="http://127.0.0.1/"))
    assert notify(runs, clock, "127.0.0.1").notification is None


def test_a_run_without_an_address_is_told_to_nobody(runs: RunTable, clock: HandClock) -> None:
    over(runs, "https://receiver.example.org")
    stored = runs.read(RUN_ID)
    assert stored is not None
    runs.change(stored, lambda run: replace(run, notification=None))
    assert notify(runs, clock).notification is None
