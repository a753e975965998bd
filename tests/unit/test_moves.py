"""Moves: what lists of all lanes have to show, gathered of each run as its last."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from shared.domain.run import Run, RunStatus
from shared.domain.run.announcements import end
from shared.domain.run.notification import Notification
from shared.services.indexing.moves import Moves, move_between
from shared.storage.run_index import Move
from tests.support.runs import NOW, OTHER_SESSION, queued, running, submitting


def gathered(*states: Run) -> list[Move]:
    moves = Moves()
    for before, after in pairwise(states):
        moves(before, after)
    return moves.take()


def test_what_lists_show_the_same_is_no_move() -> None:
    run = running()
    for same in (
        replace(run, polls=3, watch_at=NOW + 9),
        replace(run, started_at=NOW),
        replace(run, cancel_requested_at=NOW),
    ):
        assert move_between(run, same) is None


def test_a_state_a_session_and_a_need_are_shown() -> None:
    run = running()
    for other in (
        queued(),
        replace(run, double_sessions=(OTHER_SESSION,)),
        replace(run, overdue_at=NOW),
        replace(run, needs_operator_at=NOW),
    ):
        assert move_between(run, other) == Move(other)


def test_the_last_of_a_run_is_gathered_with_the_lists_that_it_was_in() -> None:
    needs = submitting(status=RunStatus.UNCONFIRMED, needs_operator_at=NOW)
    assert gathered(submitting(), needs, running()) == [Move(running(), needed=True)]
    ended = end(running(), RunStatus.SUCCEEDED, at=NOW)
    assert gathered(needs, running(), ended) == [Move(ended, needed=True)]


def test_a_notification_that_was_given_up_is_shown_and_that_it_is_tried_again() -> None:
    ended = end(running(), RunStatus.SUCCEEDED, at=NOW)
    told = replace(ended, notification=Notification(NOW))
    given = replace(ended, notification=Notification(NOW, given_up_at=NOW))
    assert gathered(told, given) == [Move(given, was_final=True)]
    assert gathered(given, told) == [Move(told, was_final=True, given=True)]


def test_what_was_taken_is_not_given_again() -> None:
    moves = Moves()
    moves(queued(), running())
    assert moves.take() == [Move(running())]
    assert moves.take() == []
