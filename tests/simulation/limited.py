"""Which worlds count what their user asks for, in which a connection hangs, which are crowded, and
in which runs come by twos.

Limits, windows and the work of a world are small beside Dataverse's, so that the one binds the
other; they hold on when the faults are over.
"""

import random
from dataclasses import replace

from tests.simulation.protection import UserLimits
from tests.simulation.scenario import Scenario
from tests.simulation.wishes import Hang, Wish

LIMITED, HANGING, CROWDED, PAIRED = 0.25, 0.08, 0.05, 0.06
"""The shares of worlds."""

SECOND_MS = 2_500
"""By then whoever submits the first of two is done with it: the second comes just before that, or
just after."""


def limited(scenario: Scenario) -> Scenario:
    """Have Dataverse take its time, protect itself from the app's user, and hang."""
    chance = random.Random(f"limits {scenario.seed}")
    if chance.random() < LIMITED:
        scenario = _counting(scenario, chance)
    return _hanging(scenario, chance) if chance.random() < HANGING else scenario


def paired(scenario: Scenario) -> Scenario:
    """Have the runs of some worlds come by twos, so that one finds its lane about to be left."""
    chance = random.Random(f"pairs {scenario.seed}")
    if chance.random() >= PAIRED:
        return scenario
    apart = scenario.faults_end // (len(scenario.wishes) + 1)

    def moved(wish: Wish, number: int) -> Wish:
        second = number % 2
        return replace(wish, at=(number - second) * apart + second * chance.randrange(SECOND_MS))

    wishes = tuple(
        wish if wish.name.startswith("last") else moved(wish, number)
        for number, wish in enumerate(scenario.wishes)
    )
    return replace(scenario, wishes=wishes)


def crowded(scenario: Scenario) -> Scenario:
    """Spread the wishes of some worlds over more lanes than an instance has workers for."""
    chance = random.Random(f"crowd {scenario.seed}")
    if chance.random() >= CROWDED:
        return scenario
    lanes = chance.randint(6, 16)
    spread = tuple(
        wish if wish.name.startswith("last") else replace(wish, lane=chance.randrange(lanes))
        for wish in scenario.wishes
    )
    more = tuple(
        Wish(f"last{lane}", scenario.faults_end + 1_000, lane, f"last-{lane}")
        for lane in range(scenario.lanes, lanes)
    )
    return replace(scenario, lanes=lanes, wishes=(*spread, *more))


def _counting(scenario: Scenario, chance: random.Random) -> Scenario:
    """Choose limits of which one binds, or none, and how long calls are worked on."""
    submits_for = chance.choice([100, 300, 1_000])
    user = UserLimits(
        requests=chance.choice([60, 70, 80, 6_000]),
        execution=chance.choice([10, 20, 1_000]) * submits_for,
        window=chance.choice([20_000, 60_000, 100_000]),
        concurrent=chance.choice([2, 3, 6, 52]),
        asks=chance.random() < 0.8,
        tells=chance.random() < 0.8,
    )
    return replace(scenario, user=user, submits_for=submits_for, reads_for=submits_for // 5)


def _hanging(scenario: Scenario, chance: random.Random) -> Scenario:
    begins = chance.randrange(scenario.faults_end)
    ends = min(scenario.faults_end, begins + chance.randrange(10_000, 300_000))
    hang = Hang(chance.randrange(scenario.lanes), begins, ends, silent=chance.random() < 0.4)
    return replace(scenario, hanging=(hang,))
