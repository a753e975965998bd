"""The steps of those who wait for a run's end: they join, they leave, they are given up.

As all steps, each changes nothing when it is taken twice. That they were told, and are told again,
is a part of telling of the end (announcements.py).
"""

from collections.abc import Callable
from dataclasses import replace

from shared.domain.run import Run
from shared.domain.run.announcements import ANNOUNCED_WITHIN
from shared.domain.run.steps import cancel
from shared.domain.run.waiter import Waiter

WAITERS_LIMIT = 20
"""How many addresses may wait for one run: all go with it in one transaction."""


def waiter_of(run: Run, key: str) -> Waiter | None:
    return next((each for each in run.waiters if each.key == key), None)


def replaced_by(run: Run, key: str) -> Waiter | None:
    """Give the one who has left, and goes where there is no room for another who joins."""
    if waiter_of(run, key) is not None or len(run.waiters) < WAITERS_LIMIT:
        return None
    return next((each for each in run.waiters if each.left), None)


def join(run: Run, key: str, *, cancels: bool, at: int) -> Run:
    """Have somebody wait for a run's end; beyond WAITERS_LIMIT the run is given back as it is.

    Who joins after the end, be it for the second time, is told at once: he was promised to hear.
    """
    known = waiter_of(run, key)
    if known is None:
        gone = replaced_by(run, key)
        stay = tuple(each for each in run.waiters if each != gone)
        if len(stay) >= WAITERS_LIMIT:
            return run
        return _awaited(replace(run, waiters=(*stay, Waiter(key, cancels))), at)
    waits = Waiter(key, known.cancels)
    return run if waits == known else _awaited(_with(run, key, lambda _: waits), at)


def leave(run: Run, key: str, *, at: int) -> Run:
    """Note that somebody waits no more; if he asked for that, the run is cancelled.

    Not while another waits for it: the last who leaves decides. One that has ended stays as it is.
    """
    known = waiter_of(run, key)
    if known is None or known.left:
        return run
    after = _with(run, key, lambda waiter: replace(waiter, left=True))
    awaited = any(not each.left for each in after.waiters)
    return after if awaited or not known.cancels else cancel(after, at=at)


def give_up_waiter(run: Run, key: str, attempts: int, *, at: int) -> Run:
    """Note that nobody tries any more to tell somebody who waits, after so many attempts.

    The index is to say that, too: somebody looks at the run for that.
    """
    known = waiter_of(run, key)
    if known is None or known.left or known.given_up or known.earlier >= attempts:
        return run
    after = _with(run, key, lambda waiter: replace(waiter, given_up_after=attempts))
    return replace(_awaited(after, at), indexed_at=None)


def _awaited(run: Run, at: int) -> Run:
    """See to it that somebody looks soon at a run that has ended, so that all are told."""
    if not run.final:
        return run
    soon = at + ANNOUNCED_WITHIN
    return replace(run, watch_at=soon if run.watch_at is None else min(run.watch_at, soon))


def _with(run: Run, key: str, change: Callable[[Waiter], Waiter]) -> Run:
    return replace(
        run, waiters=tuple(change(each) if each.key == key else each for each in run.waiters)
    )
