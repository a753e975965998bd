"""Those who wait for a run's end: each is told of it once he has joined, and not after he left."""

from dataclasses import replace

import pytest

from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import (
    ANNOUNCED_WITHIN,
    UNDER_WAY,
    announced,
    end,
    notified,
)
from shared.domain.run.notification import REDELIVERY, Delivery
from shared.domain.run.waiter import Waiter, read_wait_name, wait_name, waiter_key
from shared.domain.run.waiters import WAITERS_LIMIT, join, leave, replaced_by, waiter_of
from tests.support.runs import NOW, REQUEST, RUN_ID, queued, running

URL, OTHER_URL = "https://engine.example.org/a?sig=1", "https://engine.example.org/a?sig=2"
KEY, OTHER = waiter_key(URL), waiter_key(OTHER_URL)
LATER = NOW + 1_000


def joined(run: Run, key: str = KEY, *, cancels: bool = False) -> Run:
    return join(run, key, cancels=cancels, at=LATER)


def ended(run: Run, status: RunStatus = RunStatus.SUCCEEDED) -> Run:
    return end(run, status, at=NOW)


def over() -> Run:
    """Give a run whose end everybody was told of."""
    return announced(ended(running()), at=NOW)


def test_addresses_that_differ_in_their_query_are_two_who_wait() -> None:
    """An engine's addresses of two turns of a loop may differ in nothing else."""
    assert KEY != OTHER
    assert waiter_key(URL) == KEY


def test_who_joins_is_told_once_the_run_has_ended() -> None:
    run = joined(running())
    assert run.waiters == (Waiter(KEY, cancels=False),)
    assert run.untold_waiters == ()
    assert ended(run).untold_waiters == (KEY,)


def test_who_joins_again_is_one_who_waits() -> None:
    """An engine repeats a call whose answer was lost."""
    run = joined(running(), cancels=True)
    assert joined(run, cancels=False) is run


def test_all_who_join_are_told() -> None:
    run = ended(joined(joined(running()), OTHER))
    assert run.untold_waiters == (KEY, OTHER)


def test_who_joins_after_the_end_is_told_at_once_and_the_sweep_makes_sure() -> None:
    run = joined(over())
    assert run.untold_waiters == (KEY,)
    assert run.watch_at == LATER + ANNOUNCED_WITHIN
    assert joined(run) is run


def test_joining_puts_off_no_look_that_is_due() -> None:
    run = ended(running())
    assert joined(run).watch_at == run.watch_at


def test_who_joins_again_after_he_was_told_is_told_again() -> None:
    """Whatever became of the first telling, somebody asks who was answered that he would hear."""
    run = announced(joined(over()), at=LATER, told=[KEY])
    assert run.watch_at is None
    assert joined(run).untold_waiters == (KEY,)
    assert joined(run).watch_at is not None


def test_who_was_told_is_not_told_again() -> None:
    run = announced(ended(joined(running())), at=LATER, told=[KEY])
    assert run.untold_waiters == ()
    assert (run.published_at, run.watch_at) == (LATER, None)
    assert announced(run, at=LATER, told=[KEY]) is run


def test_who_joined_while_others_were_told_is_not_forgotten() -> None:
    """The step is taken with the run as it is by then, which has one more who waits."""
    run = announced(ended(joined(joined(running()), OTHER)), at=LATER, told=[KEY])
    assert run.untold_waiters == (OTHER,)
    assert run.watch_at == LATER + ANNOUNCED_WITHIN


def test_a_receiver_that_is_to_be_notified_is_looked_after_too() -> None:
    url = "https://receiver.example.org"
    run = ended(joined(running(request=replace(REQUEST, notify_url=url))))
    assert announced(run, at=LATER, told=[KEY]).watch_at == LATER + UNDER_WAY
    assert announced(run, at=LATER).watch_at == LATER + ANNOUNCED_WITHIN


@pytest.mark.parametrize("delivery", [Delivery(), Delivery("it answered 500")])
def test_who_joins_while_a_receiver_is_notified_is_not_forgotten(delivery: Delivery) -> None:
    """What came of notifying says nothing of him."""
    url = "https://receiver.example.org"
    notifying = announced(ended(running(request=replace(REQUEST, notify_url=url))), at=NOW)
    run = notified(joined(notifying), 0, delivery, at=LATER, redelivery=REDELIVERY)
    assert run.untold_waiters == (KEY,)
    assert run.watch_at == LATER + ANNOUNCED_WITHIN, "not hours later, when he is notified again"


def test_who_has_left_is_not_told() -> None:
    run = leave(joined(running()), KEY, at=LATER)
    assert ended(run).untold_waiters == ()
    assert run.status is RunStatus.RUNNING
    assert run.cancel_requested_at is None


def test_leaving_twice_changes_nothing_the_second_time() -> None:
    run = leave(joined(running(), cancels=True), KEY, at=LATER)
    assert leave(run, KEY, at=LATER + 5) is run


def test_who_never_joined_changes_nothing_by_leaving() -> None:
    run = joined(running())
    assert leave(run, OTHER, at=LATER) is run


def test_a_queued_run_is_cancelled_by_the_one_who_leaves_if_he_asked_for_that() -> None:
    run = leave(joined(queued(), cancels=True), KEY, at=LATER)
    assert run.status is RunStatus.CANCELLED
    assert run.untold_waiters == ()


def test_a_running_run_is_to_be_cancelled_by_the_one_who_leaves_if_he_asked_for_that() -> None:
    run = leave(joined(running(), cancels=True), KEY, at=LATER)
    assert run.cancel_requested_at == LATER


@pytest.mark.parametrize("status", [RunStatus.SUCCEEDED, RunStatus.FAILED])
def test_a_run_that_has_ended_stays_as_it_ended(status: RunStatus) -> None:
    """An engine unsubscribes after it was told, too."""
    run = leave(ended(joined(running(), cancels=True), status), KEY, at=LATER)
    assert run.status is status
    assert run.cancel_requested_at is None


def test_a_run_is_not_cancelled_while_somebody_else_waits_for_it() -> None:
    """It is the last one who leaves by whom it is cancelled: another flow needs it until then."""
    both = joined(joined(running(), cancels=True), OTHER, cancels=True)
    first = leave(both, KEY, at=LATER)
    assert first.cancel_requested_at is None
    assert leave(first, OTHER, at=LATER).cancel_requested_at == LATER


def test_who_comes_back_waits_again() -> None:
    run = joined(leave(joined(running()), KEY, at=LATER))
    assert ended(run).untold_waiters == (KEY,)


def test_so_many_may_wait_and_no_more() -> None:
    run = running()
    for number in range(WAITERS_LIMIT + 1):
        run = joined(run, f"key-{number}")
    assert len(run.waiters) == WAITERS_LIMIT
    assert joined(run, "key-0") is run


def test_a_wait_is_named_by_its_run_and_who_waits() -> None:
    assert read_wait_name(wait_name(RUN_ID, KEY)) == (RUN_ID, KEY)


@pytest.mark.parametrize("text", ["", RUN_ID, KEY, f"{RUN_ID}-", f"{RUN_ID}-{'z' * 16}", f"-{KEY}"])
def test_anything_else_names_no_wait(text: str) -> None:
    assert read_wait_name(text) is None


def test_one_who_has_left_makes_room_for_another() -> None:
    """A loop that tries again comes with another address each time."""
    run = running()
    for number in range(WAITERS_LIMIT):
        run = joined(run, f"{number:016d}")
    assert waiter_of(joined(run), KEY) is None
    run = leave(run, f"{7:016d}", at=LATER)
    assert replaced_by(run, KEY) == waiter_of(run, f"{7:016d}")
    run = joined(run)
    assert waiter_of(run, KEY) is not None
    assert waiter_of(run, f"{7:016d}") is None
    assert len(run.waiters) == WAITERS_LIMIT
