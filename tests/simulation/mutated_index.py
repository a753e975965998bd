"""Mutations of the index of runs: when an end counts as told to it, and who puts it right."""

from contextlib import AbstractContextManager, ExitStack
from typing import Any
from unittest.mock import patch

from shared.domain.run import Run
from shared.services.indexing.index import Index
from shared.services.rounds.reconcile import Reconcile
from shared.services.rounds.retain import Retain


def index_is_told_once() -> AbstractContextManager[Any]:
    """That the index knows of an end is noted whether it does or not: nobody tells it again."""

    def mutated(self: Index, run: Run) -> bool:
        ended(self, run)
        return True

    ended = Index.ended
    return patch.object(Index, "ended", mutated)


def index_is_never_reconciled() -> AbstractContextManager[Any]:
    """Nobody compares the index with the runs: what was written late stays."""

    def mutated(self: Reconcile, *_: object) -> None:
        del self

    return patch.object(Reconcile, "__call__", mutated)


def index_outlives_its_runs() -> AbstractContextManager[Any]:
    """Retention forgets the index, and what is left over in it."""
    stack = ExitStack()
    stack.enter_context(patch.object(Index, "removed", lambda *_: None))
    stack.enter_context(patch.object(Retain, "_remove_left_over", lambda *_: 0))
    return stack
