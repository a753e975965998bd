"""Ends are told to all who subscribed, at least once, until they are gone or fail for days."""

from __future__ import annotations

import json
import logging

import pytest

from shared.domain.request import StartRequest
from shared.domain.run import RunStatus
from shared.domain.run.notification import Delivery
from shared.domain.subscription import Subscription, SubscriptionRequest
from shared.services.announcing.announce import AT_ONCE
from shared.services.announcing.deliver import NOTED_MS
from shared.storage.table import ConflictError, StorageUnavailableError
from tests.support.runs import REQUEST
from tests.support.services import REDELIVERY, Bench

URL = "https://prod-1.engine.example.org:443/workflows/a/triggers/b/run?sp=%2Frun&sig=hush-hush"
HEARD, FAILED = Delivery(), Delivery("it answered 500")
GONE = Delivery("it answered 410", gone=True)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def subscribe(bench: Bench, url: str = URL, *statuses: RunStatus) -> Subscription:
    return bench.app.subscribe(SubscriptionRequest(url, statuses=statuses))


def end(bench: Bench, status: RunStatus = RunStatus.SUCCEEDED) -> str:
    """Let a run start and end, and give its id."""
    run_id = bench.app.start(StartRequest(REQUEST, None), None).run.id
    bench.ends(run_id, status)
    return run_id


def kept(bench: Bench) -> list[Subscription]:
    return bench.app.subscriptions()


def test_an_end_is_told_in_the_words_of_the_queue_of_events(bench: Bench) -> None:
    subscribe(bench)
    run_id = end(bench)
    bench.deliver()
    ((url, message_id, text),) = bench.receiver.heard
    assert (url, message_id) == (URL, f"evt_{run_id}")
    assert text == bench.events.sent[0][0]
    assert json.loads(text)["data"]["runId"] == run_id


def test_only_those_are_told_that_the_end_is_for(bench: Bench) -> None:
    subscribe(bench, URL, RunStatus.FAILED, RunStatus.TIMED_OUT)
    end(bench)
    assert bench.messages.sent == []
    run_id = end(bench, RunStatus.TIMED_OUT)
    bench.deliver()
    assert [message_id for _, message_id, _ in bench.receiver.heard] == [f"evt_{run_id}"]


@pytest.mark.parametrize("count", [AT_ONCE, AT_ONCE + 1, 40])
def test_all_are_told_however_many_they_are(bench: Bench, count: int) -> None:
    urls = [f"{URL}{number}" for number in range(count)]
    for url in urls:
        subscribe(bench, url)
    end(bench)
    assert len(bench.messages.sent) <= AT_ONCE, "whoever ended the run is not to wait for all"
    bench.deliver()
    assert sorted(url for url, _, _ in bench.receiver.heard) == sorted(urls)


def test_where_many_are_to_be_told_those_are_that_the_end_is_for(bench: Bench) -> None:
    for number in range(AT_ONCE + 1):
        subscribe(bench, f"{URL}{number}")
    subscribe(bench, URL, RunStatus.FAILED)
    end(bench)
    bench.deliver()
    assert URL not in {url for url, _, _ in bench.receiver.heard}


def test_one_who_subscribed_at_another_instance_is_told_as_soon_as_he_was_answered(
    bench: Bench,
) -> None:
    """Lists of subscribers are in use for a while; his answer waits until that is over."""
    other = bench.instance()
    run_id = bench.app.start(StartRequest(REQUEST, None), None).run.id
    end(bench)  # it has read that nobody is subscribed
    bench.clock.seconds += 0.001
    other.subscribe(SubscriptionRequest(URL))
    bench.ends(run_id)
    bench.deliver()
    assert [message_id for _, message_id, _ in bench.receiver.heard] == [f"evt_{run_id}"]


def test_one_who_unsubscribed_is_told_nothing_more_not_even_what_is_under_way(
    bench: Bench,
) -> None:
    subscription = subscribe(bench)
    end(bench)
    bench.app.unsubscribe(subscription.name)
    bench.deliver()
    assert bench.receiver.heard == []


@pytest.mark.parametrize("count", [1, AT_ONCE + 1])
def test_whoever_announces_an_end_and_dies_leaves_it_to_the_sweep(bench: Bench, count: int) -> None:
    """The queue takes nothing from the first message on, or from the last."""
    for number in range(count):
        subscribe(bench, f"{URL}{number}")
    bench.messages.fails = True
    run_id = end(bench)
    bench.messages.fails = False
    assert bench.run(run_id).published_at is None
    bench.clock.sleep(60)
    bench.app.sweep()
    bench.deliver()
    assert len({url for url, _, _ in bench.receiver.heard}) == count
    assert bench.run(run_id).watch_at is None


def test_subscriptions_that_cannot_be_read_put_the_announcement_off(bench: Bench) -> None:
    """Else whoever listens would not hear of this end, and nobody would know."""
    subscribe(bench)
    bench.clock.seconds += 60
    query = bench.table.query

    def fails(partition: str, after: str, before: str, *, limit: int | None = None) -> object:
        if partition.startswith("subscriptions:"):
            raise StorageUnavailableError("no answer")
        return query(partition, after, before, limit=limit)

    bench.table.query = fails  # type: ignore[assignment, method-assign]  # as said
    run_id = end(bench)
    bench.table.query = query  # type: ignore[method-assign]  # and is well again
    assert bench.events.sent == []
    bench.clock.sleep(60)
    bench.app.sweep()
    bench.deliver()
    assert [message_id for _, message_id, _ in bench.receiver.heard] == [f"evt_{run_id}"]


def test_a_receiver_that_fails_is_told_again_until_he_has_heard(bench: Bench) -> None:
    bench.receiver.answers = [FAILED, FAILED, HEARD]
    subscribe(bench)
    end(bench)
    assert bench.deliver() == 3
    assert len({message_id for _, message_id, _ in bench.receiver.heard}) == 1
    (subscription,) = kept(bench)
    assert subscription.failing_since is None
    assert subscription.error is None
    assert subscription.last_success_at == bench.clock.at


def test_while_he_fails_operators_see_since_when_and_why(bench: Bench) -> None:
    bench.receiver.answers = [FAILED]
    subscribe(bench)
    end(bench)
    bench.deliver(times=1)
    began = bench.clock.at
    bench.deliver(times=3)
    (subscription,) = kept(bench)
    assert subscription.failing_since == began
    assert subscription.last_failure_at is not None
    assert subscription.last_failure_at >= began + NOTED_MS
    assert subscription.error == "it answered 500"


def test_one_who_is_gone_is_removed(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.receiver.answers = [GONE]
    subscribe(bench)
    end(bench)
    with caplog.at_level(logging.WARNING):
        assert bench.deliver() == 1
    assert kept(bench) == []
    assert "subscription.removed" in caplog.text
    assert "hush" not in caplog.text


def test_one_who_fails_for_days_is_removed(bench: Bench) -> None:
    bench.receiver.answers = [FAILED]
    subscribe(bench)
    end(bench)
    bench.clock.sleep(20)  # until its message is handled
    bench.deliver()
    assert kept(bench) == []
    assert bench.messages.sent == []


def test_one_who_fails_for_one_end_alone_is_not_removed(bench: Bench) -> None:
    """What is wrong may be with this one; others reach him."""
    subscribe(bench)
    end(bench)
    bench.receiver.answers = [FAILED, HEARD]
    bench.deliver()
    bench.clock.at += REDELIVERY.patience
    bench.receiver.answers = [FAILED]
    end(bench)
    bench.deliver(times=1)
    assert len(kept(bench)) == 1


def test_one_who_subscribed_anew_meanwhile_is_not_removed_for_what_was_before(
    bench: Bench,
) -> None:
    bench.receiver.answers = [GONE]
    subscribe(bench)
    end(bench)
    post = bench.receiver.post

    def subscribes(url: str, message_id: str, text: str) -> Delivery:
        subscribe(bench)
        return post(url, message_id, text)

    bench.receiver.post = subscribes  # type: ignore[method-assign]  # he is slow to answer
    bench.deliver()
    assert len(kept(bench)) == 1


@pytest.mark.parametrize("answer", [HEARD, FAILED])
def test_a_note_that_cannot_be_written_makes_no_attempt_more(
    bench: Bench, answer: Delivery
) -> None:
    """It would be made again with every message that follows."""
    bench.receiver.answers = [answer, HEARD]
    subscribe(bench)
    end(bench)
    bench.table.lost = [StorageUnavailableError("no answer")]
    bench.deliver()
    assert len(bench.receiver.heard) == (1 if answer is HEARD else 2)


def test_of_many_ends_that_are_told_well_few_are_noted(bench: Bench) -> None:
    subscribe(bench)
    for _ in range(10):
        end(bench)
    before = bench.table.commits
    bench.deliver()
    assert len(bench.receiver.heard) == 10
    assert bench.table.commits == before + 1


def test_a_message_that_is_none_is_ignored(bench: Bench) -> None:
    for text in ("", "{", '{"runId": "nonsense"}', '{"waiter": "a"}'):
        bench.handle(text)
    assert bench.receiver.heard == []


def test_an_end_is_announced_though_another_writes_the_run_meanwhile(bench: Bench) -> None:
    subscribe(bench)
    run_id = bench.app.start(StartRequest(REQUEST, None), None).run.id
    bench.table.errors = [ConflictError("409")]
    bench.ends(run_id)
    bench.clock.sleep(60)
    bench.app.sweep()
    bench.deliver()
    assert {message_id for _, message_id, _ in bench.receiver.heard} == {f"evt_{run_id}"}
