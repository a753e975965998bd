"""Which world a seed stands for: everything is chosen before it begins."""

import random
from dataclasses import fields, replace

from shared.domain.run import Polling
from shared.domain.window import Pace
from tests.simulation.chaos import Outage, Rates, Service
from tests.simulation.limited import crowded, limited, paired
from tests.simulation.receivers import GONE_URL, URL
from tests.simulation.scenario import Scenario, Weather
from tests.simulation.wishes import Halt, Listener, Wish

RETENTION_MS = 1_500_000
"""Longer than any message or request can still be repeated after the faults."""

REBOUND = 0.3
"""The share of worlds in which connection references are rebound while runs wait."""

DOOMED = 0.02
"""The share of runs whose submissions always fail."""

POISONED, POISON = 0.3, 0.1
"""The share of worlds in which queries fail of some sessions, and the share of runs with such."""

SPOILT, SPOIL = 0.2, 0.1
"""The share of worlds in which rows cannot be read for a while, and the share of runs with such."""

ENDLESS = 0.04
"""The share of worlds with a session that never ends: they last for half a day."""

ENGINES, WAITING, LISTENING = 0.25, 0.3, 0.7
"""The share of worlds with engines; in those the share of runs that one waits for, and of worlds
in which some listen."""

RETURNS = 3
"""How often each lane is used again while it is about to leave, in worlds that are watched so."""

AGING = 0.15
"""The share of worlds that are watched until their runs are old enough to be removed."""


_COMMON = {
    "storage_refused": 0.05,
    "storage_lost": 0.05,
    "storage_late": 0.05,
    "storage_slow": 0.1,
    "sdk_repeat": 0.1,
}
_HIGHEST = {
    "crash": 0.02,
    "freeze": 0.01,
    "never_sent": 0.2,
    "request_lost": 0.3,
    "answer_lost": 0.4,
    "server_error": 0.2,
    "slow": 0.5,
    "belated": 0.2,
    "throttled": 0.2,
    "throttled_session": 0.2,
    "refused": 0.1,
    "read_failed": 0.3,
    "message_lost": 0.3,
    "message_twice": 0.3,
    "message_late": 0.3,
    "callback_lost": 0.5,
    "callback_twice": 0.5,
    "callback_late": 0.3,
    "callback_forged": 0.5,
    "client_twice": 0.3,
    "client_answer_lost": 0.3,
    "session_lost": 0.3,
    "notify_failed": 0.5,
    "notify_lost": 0.3,
} | _COMMON


def scenario_of(seed: int) -> Scenario:
    """Decide a world by its seed."""
    chance = random.Random(f"scenario {seed}")
    weather = chance.choices([Weather.CALM, Weather.STORM, Weather.GHOSTS], [12, 82, 6])[0]
    limit = chance.choice([3, 4, 6, 8, 10])
    pace = Pace(
        limit=limit,
        window=chance.choice([20_000, 30_000, 60_000]),
        deadline=chance.choice([10_000, 30_000, 100_000]),
        margin=250,
    )
    scenario = Scenario(
        seed=seed,
        weather=weather,
        instances=chance.randint(1, 4),
        lanes=chance.choice([1, 1, 1, 2, 3]),
        pace=pace,
        polling=Polling(chance.choice([10_000, 30_000, 120_000]), chance.choice([60_000, 300_000])),
        absent=chance.choice([20_000, 60_000, 150_000]),
        concurrency=chance.choice([2, 4, 16]),
        works_up_to=chance.choice([5_000, 60_000, 400_000]),
        wishes=(),
        refused=(),
        rates=_rates(chance, weather),
        faults_end=chance.randint(120_000, 600_000),
        urls_known=chance.random() < 0.7,
        keeps_urls=weather is Weather.GHOSTS or chance.random() < 0.85,
        callbacks=weather is Weather.GHOSTS or chance.random() < 0.9,
    )
    return _calm(scenario, chance) if weather is Weather.CALM else _stormy(scenario, chance)


def _rates(chance: random.Random, weather: Weather) -> Rates:
    """Choose a few kinds of faults, and how often each strikes; all of them would hide some."""
    if weather is Weather.CALM:
        return Rates(sdk_repeat=chance.choice([0.0, 0.0, 0.05]))
    share = chance.choice([0.15, 0.3, 0.6])
    chosen = {
        field.name: _HIGHEST[field.name] * chance.random()
        for field in fields(Rates)
        if field.name in _HIGHEST and chance.random() < share
    }
    ghost = chance.uniform(0.02, 0.2) if weather is Weather.GHOSTS else 0.0
    return replace(Rates(**chosen), ghost=ghost)


def _calm(scenario: Scenario, chance: random.Random) -> Scenario:
    """Ask for several windows of runs at once, all of one lane: the pace can be measured.

    With as many calls side by side as a limit needs: the app's default is 48 for 70.
    """
    limit = chance.choice([scenario.pace.limit, scenario.pace.limit, 40])
    count = limit * chance.randint(3, 5)
    wishes = tuple(Wish(f"w{n}", n, 0, f"key-{n}") for n in range(count))
    pace = replace(scenario.pace, limit=limit, window=60_000)
    calm = replace(scenario, pace=pace, lanes=1, wishes=wishes, faults_end=count * 10_000)
    return replace(calm, concurrency=max(scenario.concurrency, limit // 2))


def _stormy(scenario: Scenario, chance: random.Random) -> Scenario:
    count = chance.randint(3, 40)
    bursts = [chance.randrange(scenario.faults_end // 2) for _ in range(chance.randint(1, 4))]
    wishes = tuple(
        Wish(
            name=f"w{n}",
            at=chance.choice(bursts) + chance.randrange(2_000),
            lane=chance.randrange(scenario.lanes),
            key=f"key-{n}" if chance.random() < 0.8 else None,
            high=chance.random() < 0.2,
            retries=chance.choice([0, 0, 1, 2]),
            by_reference=chance.random() < 0.3,
            reuses_key=chance.random() < 0.03,
            by_message=chance.random() < 0.2,
            cancels_after=chance.randrange(90_000) if chance.random() < 0.15 else None,
            notify_url=chance.choices([None, URL, GONE_URL], [70, 27, 3])[0],
        )
        for n in range(count)
    )
    # After the faults, one more in each lane: lanes still work, and its session teaches the app.
    last = [
        Wish(f"last{lane}", scenario.faults_end + 1_000, lane, f"last-{lane}")
        for lane in range(scenario.lanes)
    ]
    refused = tuple(wish.name for wish in wishes if chance.random() < 0.03)
    outages = tuple(_outage(scenario, chance) for _ in range(chance.choice([0, 0, 0, 1, 2])))
    ages = chance.random() < AGING
    stormy = replace(
        scenario,
        wishes=(*wishes, *last),
        refused=refused,
        outages=outages,
        ages=ages,
        rebound_at=chance.randrange(scenario.faults_end) if chance.random() < REBOUND else None,
        retention=RETENTION_MS if ages else scenario.retention,
    )
    return limited(_returning(_with_engines(paired(crowded(_strange(stormy, count))))))


def _returning(scenario: Scenario) -> Scenario:
    """Have lanes used again that are old, while retention looks at them."""
    if not scenario.ages:
        return scenario
    chance = random.Random(f"returning {scenario.seed}")
    wishes = tuple(
        Wish(
            name=f"back{lane}-{number}",
            at=chance.choice([0, 0, chance.randrange(40), chance.randrange(400)]),
            lane=lane,
            key=chance.choice([None, f"back-{lane}-{number}"]),
        )
        for lane in range(scenario.lanes)
        for number in range(RETURNS)
    )
    return replace(scenario, returning=wishes)


def _with_engines(scenario: Scenario) -> Scenario:
    """Have engines wait for some runs, and listen for the ends of all."""
    chance = random.Random(f"engines {scenario.seed}")
    if chance.random() >= ENGINES:
        return scenario
    wishes = tuple(
        _awaited(wish, chance) if chance.random() < WAITING else wish for wish in scenario.wishes
    )
    ends = scenario.faults_end
    listeners = tuple(
        Listener(
            f"listener{number}",
            begins := chance.randrange(ends // 2),
            chance.choice([None, begins + chance.randrange(60_000, ends)]),
            successes=chance.random() < 0.3,
        )
        for number in range(chance.choice([1, 2]) if chance.random() < LISTENING else 0)
    )
    return replace(scenario, wishes=wishes, listeners=listeners)


def _awaited(wish: Wish, chance: random.Random) -> Wish:
    """Have an engine wait for a run: it has a key, and cancels by no longer waiting."""
    if wish.key is None or wish.by_message:
        return wish
    leaves = chance.randrange(120_000) if chance.random() < 0.25 else None
    cancels = chance.random() < 0.5
    return replace(wish, waits=True, leaves_after=leaves, cancels=cancels, cancels_after=None)


def _odd(scenario: Scenario) -> Scenario:
    """Have Dataverse keep and show otherwise what no document promises."""
    chance = random.Random(f"odd {scenario.seed}")
    ahead = chance.choice([0, 0, 1]) * chance.randint(-300_000, 300_000)
    odd = replace(
        scenario,
        keeps_ids=chance.random() < 0.2,
        shows_connections=chance.random() < 0.8,
        takes_markers=chance.random() < 0.7,
        ahead=ahead,
        tells_time=chance.random() < 0.8,
        strangers=tuple(
            chance.randrange(scenario.faults_end) for _ in range(chance.choice([0, 0, 3, 10]))
        ),
    )
    if scenario.weather is Weather.GHOSTS:
        return odd
    return replace(
        odd,
        alters_urls=chance.random() < 0.1,
        keeps_urls=scenario.keeps_urls and chance.random() < 0.9,
    )


def _outage(scenario: Scenario, chance: random.Random) -> Outage:
    begins = chance.randrange(scenario.faults_end)
    ends = min(scenario.faults_end, begins + chance.randrange(1_000, 240_000))
    return Outage(chance.choice([Service.STORAGE, Service.DATAVERSE]), begins, ends)


def _strange(scenario: Scenario, wishes: int) -> Scenario:
    """Have the app refused for a while, flows that always fail, and operators who pause lanes."""
    chance = random.Random(f"strange {scenario.seed}")
    ends = scenario.faults_end
    refusals = tuple(
        Outage(Service.IDENTITY, begins, min(ends, begins + chance.randrange(1_000, 300_000)))
        for begins in (chance.randrange(ends) for _ in range(chance.choice([0, 0, 1, 2])))
    )
    scenario = _odd(scenario)
    # Where absence cannot be proven, an operator would have to decide again and again.
    urls = scenario.keeps_urls and scenario.urls_known and not scenario.alters_urls
    proves = urls and scenario.callbacks
    halts = tuple(
        Halt(chance.randrange(scenario.lanes), begins, begins + chance.randrange(1_000, 200_000))
        for begins in (chance.randrange(ends) for _ in range(chance.choice([0, 0, 0, 1, 3])))
    )
    rates = replace(scenario.rates, protected=chance.choice([0.0, 0.0, 0.05, 0.2]))
    doomed = tuple(f"w{n}" for n in range(wishes) if proves and chance.random() < DOOMED)
    poisonous = chance.random() < POISONED
    endless = proves and chance.random() < ENDLESS
    spoilt = chance.random() < SPOILT
    return replace(
        scenario,
        outages=(*scenario.outages, *refusals),
        doomed=doomed,
        halts=halts,
        rates=rates,
        poisonous=tuple(f"w{n}" for n in range(wishes) if poisonous and chance.random() < POISON),
        spoilt=tuple(f"w{n}" for n in range(wishes) if spoilt and chance.random() < SPOIL),
        endless=(f"w{chance.randrange(wishes)}",) if endless else (),
    )
