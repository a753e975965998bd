"""A callback, and its repetition, against the bare calls to storage and Dataverse."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count, cycle
from urllib.parse import urlsplit

from benchmarks.caller import Caller
from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Figure, Outcome, Target
from benchmarks.harness.interleaving import in_turn, seconds_of
from benchmarks.harness.processes import Idling
from benchmarks.measures.measure import Measure
from benchmarks.measures.start import IDLE_SECONDS, chart, figure
from benchmarks.world import BOUNDLESS, World, bare_host, run_of, world
from local.parts import FunctionHost

CONNECTION = "shared-load-1"
ALONE_SECONDS = 1.1
"""A callback that comes so long after the one before it shares no query with it."""

A_SECOND = 10
BLOCK_SECONDS = 2
SHARED = "flowsessions"
FLOOR = "one read, one query, one transaction in a bare function"
SHARED_FLOOR = "the same, a query for ten"
REPEATED_FLOOR = "one read in a bare function"


@dataclass(frozen=True)
class Ending:
    """A run whose session can be ended: the path of its callback, and the session."""

    path: str
    session_id: str


class Endings:
    """The runs that go on, each of which can end once."""

    def __init__(self, made: World, effort: Effort, runs: int) -> None:
        self._made = made
        made.dataverse.hold("machines")
        made.dataverse.hold("callbacks")
        ids = set(made.queue(CONNECTION, runs))
        effort.until(lambda: made.accepted(CONNECTION) >= runs, "the runs were never submitted")
        self._waits_until_known(effort, runs)
        self._left: Iterator[Ending] = iter(
            [
                Ending(urlsplit(each.callback_url).path.removeprefix("/api"), each.session_id or "")
                for each in made.submissions(CONNECTION)
                if each.callback_url and run_of(each.callback_url) in ids
            ]
        )
        self.told: list[Ending] = []

    def _waits_until_known(self, effort: Effort, runs: int) -> None:
        """Wait until the sessions of all runs have been recorded."""
        query = f"/runs?connectionName={CONNECTION}&status=Running&top=500"
        with Caller(self._made.host) as caller:
            effort.until(
                lambda: len(caller.call("GET", query)["value"]) >= min(runs, 500),
                "the runs were never known to go on",
                every=0.2,
            )

    def end_one(self) -> Ending:
        """End a robot's work; Dataverse calls nobody back of itself."""
        ending = next(self._left)
        self._made.dataverse.finish_session(ending.session_id)
        self.told.append(ending)
        return ending


def call_back(caller: Caller, ending: Ending) -> None:
    caller.call("POST", ending.path, {"flowsessionid": ending.session_id})


def take(effort: Effort) -> Outcome:
    """Call back alone, ten times a second, and again."""
    alone, blocks = effort.of(15, 4), effort.of(5, 3)
    runs = alone + 2 + (blocks + 1) * A_SECOND * BLOCK_SECONDS
    settings = {"SUBMISSIONS_PER_WINDOW": "1000"}
    with (
        world(effort, timers=False, settings=settings, behaviour=BOUNDLESS, limit=1000) as made,
        bare_host(effort, made) as bare,
        Caller(made.host) as app,
        Caller(bare) as floor,
    ):
        endings = Endings(made, effort, runs)
        time.sleep(IDLE_SECONDS)  # what submitting leaves behind is over

        def one() -> float:
            ending = endings.end_one()
            time.sleep(ALONE_SECONDS)
            return seconds_of(lambda: call_back(app, ending))

        def bare_one() -> float:
            path = f"/end/{endings.told[-1].session_id if endings.told else 'none'}"
            return seconds_of(lambda: floor.call("POST", path, {}))

        wall = in_turn(effort, bare_one, one, pairs=alone, warm_up=2)
        asked: list[int] = []
        block = _block(made, endings, asked)
        cpu = in_turn(effort, _bare_block(bare, endings), block, pairs=blocks, warm_up=1)
        called = len(asked) * A_SECOND * BLOCK_SECONDS
        told = cycle(endings.told)
        again = in_turn(
            effort,
            lambda: seconds_of(lambda: floor.call("POST", "/read", {})),
            lambda: seconds_of(lambda: call_back(app, next(told))),
            pairs=effort.of(150, 40),
            warm_up=5,
        )
    queries = Figure(
        "requests to Dataverse for one callback of ten a second",
        sum(asked) / called,
        "requests",
        "a query for ten: 0.1",
        Target(0.15),
        samples=called,
    )
    return Outcome(
        (
            figure("a callback alone, wall time", wall, FLOOR),
            figure("a callback of ten a second, CPU time", cpu, SHARED_FLOOR),
            queries,
            figure("a repeated callback, wall time", again, REPEATED_FLOOR),
        ),
        (chart("callback", "Callbacks", {"alone": wall, "CPU of ten": cpu, "repeated": again}),),
    )


def _queries(made: World) -> int:
    """Count what Dataverse was asked about sessions."""
    return len(made.dataverse.requests(f"/api/data/v9.2/{SHARED}"))


def _block(made: World, endings: Endings, asked: list[int]) -> Callable[[], float]:
    """Give what samples the CPU seconds that one callback of ten a second takes of the host.

    `asked`: is told how many requests each block made to Dataverse.
    """
    idling = Idling.of(made.host.pid, IDLE_SECONDS)

    def sample() -> float:
        some = [endings.end_one() for _ in range(A_SECOND * BLOCK_SECONDS)]
        before, meter = _queries(made), idling.meter()
        with ThreadPoolExecutor(len(some)) as pool:
            numbers = _paced(len(some))
            calls = [pool.submit(_call_by_itself, made.host, some[each]) for each in numbers]
            for call in calls:
                call.result()
        asked.append(_queries(made) - before)
        return meter.seconds() / len(some)

    return sample


def _call_by_itself(host: FunctionHost, ending: Ending) -> None:
    with Caller(host) as caller:
        call_back(caller, ending)


def _bare_block(bare: FunctionHost, endings: Endings) -> Callable[[], float]:
    idling, numbers = Idling.of(bare.pid, IDLE_SECONDS), count()

    def sample() -> float:
        meter = idling.meter()
        for _ in _paced(A_SECOND * BLOCK_SECONDS):
            asks = next(numbers) % A_SECOND == 0
            session = endings.told[-1].session_id if asks else "none"
            with Caller(bare) as caller:
                caller.call("POST", f"/end/{session}", {})
        return meter.seconds() / (A_SECOND * BLOCK_SECONDS)

    return sample


def _paced(number: int) -> Iterator[int]:
    """Give so many numbers, A_SECOND of them each second."""
    began = time.monotonic()
    for each in range(number):
        time.sleep(max(0.0, began + each / A_SECOND - time.monotonic()))
        yield each


MEASURE = Measure("callback", "Callbacks", 90, 35, take)
