"""Moves: runs that are shown otherwise than before, gathered so that one write tells of many."""

import threading
from dataclasses import replace

from shared.domain.run import Run
from shared.domain.run.announcements import given_up
from shared.storage.run_index import Move


def move_between(before: Run, after: Run) -> Move | None:
    """Give what is shown otherwise by two states of a run; None where it is the same."""
    if _shown(before) == _shown(after):
        return None
    return Move(
        after,
        was_final=before.final,
        needed=before.needs_operator_at is not None,
        given=given_up(before),
    )


class Moves:
    """Gathers moves, in any thread: of each run the last, with all that goes with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moves: dict[str, Move] = {}

    def __call__(self, before: Run, after: Run) -> None:
        """Hear of a change of a run; raises nothing."""
        move = move_between(before, after)
        if move is None:
            return
        with self._lock:
            earlier = self._moves.get(after.id, move)
            self._moves[after.id] = replace(
                move,
                was_final=earlier.was_final,
                needed=move.needed or earlier.needed,
                given=move.given or earlier.given,
            )

    def take(self) -> list[Move]:
        """Give what was gathered, and begin anew."""
        with self._lock:
            moves, self._moves = self._moves, {}
        return list(moves.values())


def _shown(run: Run) -> tuple[object, ...]:
    """Give what lists of all lanes are to show soon; the rest may be old."""
    return (
        run.status,
        run.sessions,
        run.needs_operator_at is not None,
        run.candidates,
        run.overdue_at is not None,
        run.pending_notification is not None,
        given_up(run),
    )
