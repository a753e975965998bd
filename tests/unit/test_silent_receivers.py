"""Whoever does not answer is left alone for a while, and nobody else with it."""

from shared.services.announcing import silent_receivers
from shared.services.announcing.silent_receivers import REMEMBERED, REST_SECONDS, SilentReceivers
from tests.support.clocks import HandClock


def test_a_silent_host_rests_and_others_do_not() -> None:
    clock = HandClock()
    silent = SilentReceivers(clock)
    silent.note("a.example", answered=False)
    assert silent.rest("a.example")
    assert not silent.rest("b.example")
    clock.seconds += REST_SECONDS
    assert not silent.rest("a.example")


def test_an_answer_ends_the_rest() -> None:
    silent = SilentReceivers(HandClock())
    silent.note("a.example", answered=False)
    silent.note("a.example", answered=True)
    assert not silent.rest("a.example")


def test_no_more_hosts_are_remembered_than_there_is_room_for() -> None:
    silent = SilentReceivers(HandClock())
    for number in range(REMEMBERED + 10):
        silent.note(f"{number}.example", answered=False)
    assert len(silent._until) == silent_receivers.REMEMBERED
    assert not silent.rest("0.example")
    assert silent.rest(f"{REMEMBERED}.example")
