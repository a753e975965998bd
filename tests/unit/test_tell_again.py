"""What was given up is told again when somebody asks, as often as he asks, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.domain.destinations import Destinations
from shared.domain.instants import DAY_MS
from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import ANNOUNCED_WITHIN, announced, end, notified, tell_again
from shared.domain.run.delivery_request import DeliveryRequest
from shared.domain.run.notification import REDELIVERY, Delivery
from shared.services.refusals import NothingGivenUpError
from shared.storage.table import StorageUnavailableError
from tests.support.runs import NOW, REQUEST, RUN_ID, running, start_request
from tests.support.services import REDELIVERY as ENGINE_REDELIVERY
from tests.support.services import Bench
from tests.support.waits import FAILED, GONE, HEARD, URL, told, wait

RECEIVER = "https://receiver.example.org/hook"
LATER = NOW + 10 * DAY_MS


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.policy = replace(made.policy, destinations=Destinations(enabled=True))
    made.app = made.instance()
    return made


def given_up(bench: Bench) -> str:
    """Let a run end whose receiver wants to hear nothing."""
    bench.receiver.answers = [GONE]
    start = replace(start_request(), run=replace(REQUEST, notify_url=RECEIVER))
    run_id = bench.app.start(start, None).run.id
    bench.ends(run_id)
    bench.deliver()
    return run_id


def test_a_receiver_that_was_given_up_is_told(bench: Bench) -> None:
    run_id = given_up(bench)
    bench.receiver.answers = [HEARD]
    bench.clock.at = LATER
    run = bench.app.tell_again(run_id)
    assert run is not None
    assert run.pending_notification is not None
    bench.deliver()
    notification = bench.run(run_id).notification
    assert notification is not None
    assert (notification.delivered_at, notification.retried_at) == (LATER, LATER)
    assert notification.attempts == 2
    assert len({message_id for _, message_id, _ in bench.receiver.heard}) == 1
    assert bench.run(run_id).watch_at is None


def test_asking_again_is_the_same_and_tells_nobody_twice(bench: Bench) -> None:
    run_id = given_up(bench)
    bench.receiver.answers = [HEARD]
    first = bench.app.tell_again(run_id)
    bench.clock.at += 5
    again = bench.app.tell_again(run_id)
    assert first is not None
    assert again is not None
    assert again.notification == first.notification
    bench.deliver()
    after = bench.app.tell_again(run_id)
    assert after == bench.run(run_id)
    bench.deliver()
    assert len(bench.receiver.heard) == 2, "the one that was refused, and the one that was heard"


def test_one_that_is_given_up_anew_can_be_told_again(bench: Bench) -> None:
    run_id = given_up(bench)
    for attempts in (2, 3):
        bench.app.tell_again(run_id)
        bench.deliver()
        notification = bench.run(run_id).notification
        assert notification is not None
        assert (notification.attempts, notification.pending) == (attempts, False)


def test_while_the_queue_fails_the_look_at_the_run_remains(bench: Bench) -> None:
    run_id = given_up(bench)
    bench.messages.fails = True
    run = bench.app.tell_again(run_id)
    assert run is not None
    assert run.watch_at == bench.clock.at + ANNOUNCED_WITHIN


def test_whoever_was_not_given_up_is_left_alone(bench: Bench) -> None:
    """Told, still to be told, or nobody at all: there is nothing to tell again."""
    nobody = bench.app.start(start_request(), None).run.id
    bench.ends(nobody)
    goes_on = wait(bench).run.id
    heard = wait(bench, key="other").run.id
    bench.ends(heard)
    bench.deliver()
    for run_id in (nobody, goes_on, heard):
        before = bench.run(run_id)
        with pytest.raises(NothingGivenUpError):
            bench.app.tell_again(run_id)
        assert bench.run(run_id) == before
    assert not bench.messages.sent


@pytest.mark.parametrize("run_id", [RUN_ID, "nonsense"])
def test_a_run_that_there_is_not_is_none(bench: Bench, run_id: str) -> None:
    assert bench.app.tell_again(run_id) is None


class TestEngines:
    def given_up(self, bench: Bench) -> str:
        bench.receiver.answers = [FAILED]
        run_id = wait(bench).run.id
        bench.ends(run_id)
        bench.deliver()
        return run_id

    def test_an_engine_that_waits_is_told_and_has_all_its_time_anew(self, bench: Bench) -> None:
        run_id = self.given_up(bench)
        attempts = len(told(bench))
        bench.clock.at = LATER
        bench.app.tell_again(run_id)
        bench.deliver()
        assert len(told(bench)) == 2 * attempts
        assert bench.clock.at == LATER + ENGINE_REDELIVERY.patience
        bench.receiver.answers = [HEARD]
        bench.app.tell_again(run_id)
        bench.app.tell_again(run_id)
        assert bench.deliver() == 1
        assert [url for url, _ in told(bench)] == [URL] * (2 * attempts + 1)

    def test_while_the_queue_fails_the_look_at_the_run_remains(self, bench: Bench) -> None:
        run_id = self.given_up(bench)
        bench.messages.fails = True
        run = bench.app.tell_again(run_id)
        assert run is not None
        assert run.watch_at == bench.clock.at + ANNOUNCED_WITHIN
        bench.messages.fails = False
        bench.receiver.answers = [HEARD]
        self.look(bench, run_id)
        assert bench.deliver() == 1
        assert bench.run(run_id).watch_at is None

    def test_that_he_was_given_up_stands_on_the_run_until_he_is_told_again(
        self, bench: Bench
    ) -> None:
        """By that the index lists the run among those of which somebody was not told."""
        run_id = self.given_up(bench)
        assert self.listed(bench) == [run_id]
        self.look(bench, run_id)
        assert bench.run(run_id).watch_at is None
        bench.receiver.answers = [HEARD]
        bench.app.tell_again(run_id)
        assert self.listed(bench) == []
        bench.deliver()
        assert self.listed(bench) == []

    @pytest.mark.parametrize("leaves", [True, False])
    def test_who_leaves_or_joins_again_is_given_up_no_more(
        self, bench: Bench, *, leaves: bool
    ) -> None:
        name = wait(bench).name
        run_id = self.given_up(bench)
        if leaves:
            bench.app.leave_wait(name)
        else:
            wait(bench)
        assert self.listed(bench) == []
        with pytest.raises(NothingGivenUpError):
            bench.app.tell_again(run_id)

    def test_a_message_for_an_earlier_attempt_tells_nothing_about_those_since(
        self, bench: Bench
    ) -> None:
        """It may have come twice, and late."""
        run_id = self.given_up(bench)
        (waiter,) = bench.run(run_id).waiters
        bench.app.tell_again(run_id)
        heard = len(told(bench))
        bench.handle(DeliveryRequest(run_id, waiter=waiter.key).text)
        assert len(told(bench)) == heard

    def test_one_that_cannot_be_noted_to_be_given_up_is_tried_once_more(self, bench: Bench) -> None:
        """No message would come again by which he could be told, and nobody would see that."""
        bench.receiver.answers = [GONE]
        run_id = wait(bench).run.id
        bench.ends(run_id)
        (text, _), *_ = bench.messages.sent
        bench.table.lost.append(StorageUnavailableError("no answer"))
        with pytest.raises(StorageUnavailableError):
            bench.handle(text)
        assert self.listed(bench) == []
        bench.handle(text)
        assert self.listed(bench) == [run_id]

    def listed(self, bench: Bench) -> list[str]:
        return [run.id for run in bench.app.attention().given_up.runs]

    def look(self, bench: Bench, run_id: str) -> None:
        """Look at a run as the sweep does."""
        runs = bench.app.cancel.runs
        stored = runs.read(run_id)
        assert stored is not None
        bench.app.tell_again.announce(stored)

    def test_who_joins_again_is_as_new(self, bench: Bench) -> None:
        run_id = self.given_up(bench)
        bench.app.tell_again(run_id)
        bench.deliver()
        bench.receiver.answers = [HEARD]
        wait(bench)
        bench.deliver()
        with pytest.raises(NothingGivenUpError):
            bench.app.tell_again(run_id)


class TestAttempts:
    """The steps, without anybody who takes them."""

    def attempt(self, run: Run, at: int, delivery: Delivery = FAILED) -> Run:
        made = run.notification.attempts if run.notification else 0
        return notified(run, made, delivery, at=at, redelivery=REDELIVERY)

    def given_up(self) -> Run:
        run = end(
            running(request=replace(REQUEST, notify_url=RECEIVER)), RunStatus.SUCCEEDED, at=NOW
        )
        return self.attempt(announced(run, at=NOW), NOW, GONE)

    def test_they_go_on_for_a_day_from_then_on(self) -> None:
        run = tell_again(self.given_up(), at=LATER)
        assert run.notification is not None
        at = run.notification.due_at
        attempts = []
        while run.pending_notification is not None:
            attempts.append(at - LATER)
            run = self.attempt(run, at)
            assert run.notification is not None
            at = run.notification.due_at
        assert attempts[:3] == [0, 5_000, 65_000]
        assert (attempts[-1], len(attempts)) == (DAY_MS, 13)

    def test_taken_twice_it_changes_nothing(self) -> None:
        once = tell_again(self.given_up(), at=LATER)
        assert tell_again(once, at=LATER + 1) is once
        delivered = self.attempt(once, LATER, HEARD)
        assert tell_again(delivered, at=LATER + 1) is delivered

    def test_an_attempt_that_was_made_before_says_nothing_of_it(self) -> None:
        run = tell_again(self.given_up(), at=LATER)
        assert notified(run, 0, HEARD, at=LATER, redelivery=REDELIVERY) is run
