"""Two things done to one run, interleaved in every way.

One of them stands still before its k-th call to the outside world, the other is done meanwhile, and
then the first goes on, or dies; for every k, and with either of them as the first.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from enum import StrEnum

from shared.domain.run import Run
from shared.services.refusals import CancelRefusedError, NotUnconfirmedError, RunFinalError
from shared.triggers.provider import Services
from tests.simulation.bench import CONNECTION, Bench, Undertaking
from tests.simulation.chaos import Rates
from tests.simulation.history import AppLog
from tests.simulation.host import EXPECTED
from tests.simulation.race_parts import Work, dataverse_down
from tests.simulation.races import Race

WORKS_MS = 900_000
"""How long robots work: longer than it may take until a cancellation is carried out."""

MORE_ROUNDS_MS = 130_000
"""Two rounds of the sweep more, for what is seen to be over one round after it was ended."""

NOWHERE = 0
"""Calls are counted from one."""


class Fate(StrEnum):
    """What becomes of the one that stood still. LATE: it goes on after all else is over."""

    GOES_ON = "goes on"
    IS_REPEATED = "goes on, and the SDK repeats what it writes"
    IS_LATE = "goes on when all is over"
    DIES = "dies"
    IS_ASKED_AGAIN = "dies, and is asked again"


@dataclass(frozen=True, slots=True)
class Interleaving:
    """Which of the two begins, before which call it stands still, and what becomes of it then.

    `other_stands_at`: before which call the other stands still too, until the first is over.
    """

    cancel_first: bool
    stands_at: int
    fate: Fate
    other_stands_at: int = NOWHERE


def explore(race: Race) -> Iterator[tuple[Interleaving, list[str]]]:
    """Go through a race in every way; give each with what was broken in it."""
    for cancel_first in (True, False):
        for fate in Fate:
            if fate is Fate.IS_ASKED_AGAIN and not cancel_first:
                continue  # timer, queues and Dataverse ask again by themselves
            stands_at, stood = 1, True
            while stood:
                interleaving = Interleaving(cancel_first, stands_at, fate)
                stood, _, broken = play(race, interleaving)
                yield interleaving, broken
                stands_at += 1


def explore_closely(race: Race) -> Iterator[tuple[Interleaving, list[str]]]:
    """Let both stand still, each before every call of its own: what one meets is half done."""
    for cancel_first in (True, False):
        stands_at, stood = 1, True
        while stood:
            other_stands_at, other_stood = 1, True
            while other_stood:
                interleaving = Interleaving(cancel_first, stands_at, Fate.GOES_ON, other_stands_at)
                stood, other_stood, broken = play(race, interleaving)
                yield interleaving, broken
                other_stands_at += 1
            stands_at += 1


def play(race: Race, interleaving: Interleaving) -> tuple[bool, bool, list[str]]:
    """Play one interleaving; tell whether the first and the other stood, and what was broken."""
    bench = Bench(works=WORKS_MS, verbose=False)
    with _heard(bench, logging.ERROR):
        stage = _Stage(bench, race)
        stood, other_stood = stage.play(interleaving)
    return stood, other_stood, [*bench.world.promises.broken, *stage.broken]


def tell(race: Race, interleaving: Interleaving) -> str:
    """Play one interleaving again, and tell its history and what is broken in it."""
    bench = Bench(works=WORKS_MS, verbose=True)
    with _heard(bench, logging.INFO):
        stage = _Stage(bench, race)
        stage.play(interleaving)
    broken = [*bench.world.promises.broken, *stage.broken]
    return "\n".join((bench.history, *broken, repr(interleaving)))


class _Stage:
    """Where a race is played: the bench, the run, and what the callers were answered."""

    def __init__(self, bench: Bench, race: Race) -> None:
        self.bench = bench
        self.race = race
        self.broken: list[str] = []
        self.run = race.state(bench)
        self.other = race.verb(bench, self.run)
        self.accepted: list[tuple[Run, int]] = []
        """What accepted cancellations were answered, and how many submissions had arrived then."""

    def play(self, interleaving: Interleaving) -> tuple[bool, bool]:
        """Play both, let everything come to rest, and judge; says which of the two stood still."""
        fate, bench = interleaving.fate, self.bench
        both: tuple[Work, Work] = self._cancel, self.other
        first, second = both if interleaving.cancel_first else both[::-1]
        with self._weather():
            begun = bench.begin(first, lambda call: call == interleaving.stands_at)
            stood = begun.stands
            if fate in (Fate.DIES, Fate.IS_ASKED_AGAIN):
                bench.kill(begun)
            other = bench.begin(second, lambda call: call == interleaving.other_stands_at)
            other_stood = other.stands
            again = [bench.begin(first)] if fate is Fate.IS_ASKED_AGAIN else []
            if fate is not Fate.IS_LATE:
                self._go_on(begun, repeated=fate is Fate.IS_REPEATED)
            self._go_on(other)
        bench.rest()
        if begun.stands:
            bench.go_on(begun)
            bench.rest()
        for undertaking in (begun, other, *again):
            self._check_answer(undertaking)
        self._check_rest()
        return stood, other_stood

    def _cancel(self, services: Services) -> object:
        run = services.cancel(self.run.id)
        assert run is not None
        self.accepted.append((run, len(self.bench.world.dataverse.arrivals[CONNECTION])))
        return run

    @contextmanager
    def _weather(self) -> Iterator[None]:
        chaos = self.bench.world.chaos
        chaos.rates = self.race.rates
        with dataverse_down(self.bench) if self.race.down else nullcontext():
            yield
        chaos.rates = Rates()

    def _go_on(self, undertaking: Undertaking[object], *, repeated: bool = False) -> None:
        chaos = self.bench.world.chaos
        if undertaking.stands:
            chaos.rates = replace(self.race.rates, sdk_repeat=float(repeated))
            self.bench.go_on(undertaking)
            chaos.rates = self.race.rates

    def _check_answer(self, undertaking: Undertaking[object]) -> None:
        """Only refusals that triggers know come of anything, and they tell the truth."""
        after = self.bench.stored(self.run).run
        for came in undertaking.came:
            if isinstance(came, Exception) and not isinstance(came, (*EXPECTED, *_OF_RESOLVE)):
                self.broken.append(f"errors: nobody expects {came!r}")
            if isinstance(came, RunFinalError) and after.status.value not in str(came):
                self.broken.append(f"truth: told {came}, and it is {after.status}")
            if isinstance(came, CancelRefusedError) and not self.race.may_refuse:
                self.broken.append(f"cancel: refused without need: {came}")

    def _check_rest(self) -> None:
        """Check what holds of every race once everything is over."""
        world = self.bench.world
        if _left_over(self.bench):
            self.bench.wait(MORE_ROUNDS_MS)
        if not world.promises.broken:
            world.promises.check_rest(world.table, world.dataverse, world.clients, world.receivers)
        self.broken += [f"rows: {row} is left over" for row in _left_over(self.bench)]
        after = self.bench.stored(self.run).run
        arrived = len(world.dataverse.arrivals[CONNECTION])
        for told, before in self.accepted:
            never_sent = told.final and told.flow_session_id is None
            if never_sent and (after.status, arrived) != (told.status, before):
                self.broken.append("cancel: a run was submitted after it had been cancelled")
        asked = self.accepted or after.cancel_requested_at is not None
        if asked and after.status not in self.race.ends:
            self.broken.append(f"cancel: accepted, and the run is {after.status}")


def _left_over(bench: Bench) -> list[str]:
    """List what asks for somebody to do more, once there is nothing left to do."""
    kinds = ("due:", "watch:", "double:")
    rows = bench.world.table.partitions()[bench.lane]
    return [row for row in rows if row.startswith(kinds)]


_OF_RESOLVE = (NotUnconfirmedError,)


@contextmanager
def _heard(bench: Bench, level: int) -> Iterator[None]:
    """Take an error that the app logs for a broken promise, as in the worlds of seeds."""
    log = AppLog(bench.world.history, bench.world.promises.breach)
    logger = logging.getLogger("shared")
    before = logger.level, logger.propagate
    logger.propagate = False
    logger.setLevel(level)
    logger.addHandler(log)
    try:
        yield
    finally:
        logger.removeHandler(log)
        logger.setLevel(before[0])  # which forgets what was found out about levels, too
        logger.propagate = before[1]
