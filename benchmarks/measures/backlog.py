"""What submitting a run costs, whatever waits behind it and however many lanes there are.

The table is one in memory that answers as Azure does (full_table.py); its requests are counted, and
the host's CPU time beyond its idling.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from statistics import median

from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueClient, TextBase64EncodePolicy

from benchmarks.full_table import Backlog
from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Chart, Figure, Outcome, Series, Target
from benchmarks.harness.processes import Idling, cpu_seconds
from benchmarks.measures.measure import Measure
from benchmarks.world import BOUNDLESS, World, world
from shared.queues import QueueNames

RUNS_A_WINDOW = 10
WINDOW_SECONDS = 1_800
IDLE_SECONDS = 3.0
QUIET_SECONDS, QUIET_SHARE = 0.4, 0.03
"""A host is quiet that has used no more than this share of a core beyond its idling for so long."""

FLAT = Target(1.2)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run costs: CPU time of the host in ms, and requests to the table."""

    cpu: float
    requests: float


class Waker:
    """Wakes lanes as any instance may, by a message that names one, and counts what follows."""

    def __init__(self, effort: Effort, made: World, queue: QueueClient) -> None:
        self._effort, self._made, self._queue = effort, made, queue
        self._idling = Idling.of(made.host.pid, IDLE_SECONDS)

    def cost(self, lanes: Sequence[int], runs: int) -> Cost:
        """Wake lanes, which submit so many runs together, and give what each of these cost."""
        made = self._made
        ids = [made.lane(f"shared-load-{number}") for number in lanes]
        before, meter = len(made.submissions()), self._idling.meter()
        requests = self._requests
        for each in ids:
            self._queue.send_message(each)
        self._effort.until(
            lambda: len(made.submissions()) >= before + runs,
            f"of {runs} runs some were never submitted",
            every=0.25,
        )
        self._until_quiet()
        return Cost(1000 * meter.seconds() / runs, (self._requests - requests) / runs)

    @property
    def _requests(self) -> int:
        return 0 if self._made.table is None else self._made.table.requests

    def _until_quiet(self) -> None:
        pid, idle = self._made.host.pid, self._idling.a_second

        def quiet() -> bool:
            before = cpu_seconds(pid)
            time.sleep(QUIET_SECONDS)
            return cpu_seconds(pid) - before < QUIET_SECONDS * (idle + QUIET_SHARE)

        self._effort.until(quiet, "the host never rests", seconds=20)


@contextmanager
def waking(effort: Effort, backlogs: Sequence[Backlog], limit: int) -> Iterator[Waker]:
    """Serve a table with these backlogs to one host, whose lanes nobody wakes but this."""
    settings = {
        "SUBMISSIONS_PER_WINDOW": str(limit),
        "SUBMISSION_WINDOW_SECONDS": str(WINDOW_SECONDS),
    }
    with world(
        effort,
        timers=False,
        settings=settings,
        behaviour=BOUNDLESS,
        backlogs=backlogs,
        limit=1000,
        machines=10_000,
    ) as made:
        made.dataverse.hold("machines")
        queue = QueueClient.from_connection_string(
            made.settings["RUN_STORAGE"],
            QueueNames().wake_ups,
            message_encode_policy=TextBase64EncodePolicy(),
        )
        with queue:
            with suppress(ResourceExistsError):
                queue.create_queue()
            yield Waker(effort, made, queue)


def take(effort: Effort) -> Outcome:
    """Submit the same number of runs from ever longer backlogs, and from ever more lanes."""
    sizes = effort.of((10, 1_000, 100_000), (10, 1_000, 10_000))
    times = effort.of(3, 2)
    lanes = effort.of((1, 100, 1_000), (1, 20, 100))
    deep = _by_backlog(effort, sizes, times)
    wide = _by_lanes(effort, lanes)
    figures = (
        *_flat(deep, "a backlog of {:,}", "the same ten runs of a backlog of {:,}", times),
        *_flat(wide, "{:,} lanes woken together", "one run of {:,} lane alone", 1),
    )
    charts = (
        _chart("backlog", "Submitting ten runs of a backlog", "runs in the backlog", deep),
        _chart("lanes", "Submitting one run of each lane", "lanes woken together", wide),
    )
    return Outcome(figures, charts)


def _by_backlog(effort: Effort, sizes: Sequence[int], times: int) -> dict[int, Cost]:
    """Cost of the first ten runs of each length of backlog, the lengths in turn."""
    found: dict[int, list[Cost]] = defaultdict(list)
    with waking(effort, [(1, 10), *((times, size) for size in sizes)], RUNS_A_WINDOW) as waker:
        waker.cost([1], RUNS_A_WINDOW)  # what only the first of all costs
        for turn in range(times):
            for index, size in enumerate(sizes):
                found[size].append(waker.cost([2 + index * times + turn], RUNS_A_WINDOW))
    return {size: _median(costs) for size, costs in found.items()}


def _by_lanes(effort: Effort, numbers: Sequence[int]) -> dict[int, Cost]:
    """Cost of one run of each lane, for so many lanes that are woken together."""
    alone = effort.of(10, 5)
    groups = [alone, *numbers[1:]]
    found: dict[int, Cost] = {}
    with waking(effort, [(1 + sum(groups), 1)], RUNS_A_WINDOW) as waker:
        waker.cost([1], 1)
        found[1] = _median([waker.cost([2 + number], 1) for number in range(alone)])
        first = 2 + alone
        for number in groups[1:]:
            found[number] = waker.cost(range(first, first + number), number)
            first += number
    return found


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(median(each.cpu for each in costs), median(each.requests for each in costs))


def _flat(costs: dict[int, Cost], what: str, floor: str, samples: int) -> Iterator[Figure]:
    """Compare the dearest with the first, in CPU time and in requests."""
    first = next(iter(costs))
    for unit, kind in (("ms", "cpu"), ("table requests", "requests")):
        values = {size: float(getattr(cost, kind)) for size, cost in costs.items()}
        dearest = max((size for size in values if size != first), key=values.__getitem__)
        told = f"{floor.format(first)}, {values[first]:.1f} {unit} a run"
        name = "CPU time" if kind == "cpu" else "table requests"
        yield Figure(
            f"{name} a run, {what.format(dearest)}",
            values[dearest] / values[first],
            "x",
            told,
            FLAT,
            samples=samples,
            note=f"{values[dearest]:.1f} {unit}",
        )


def _chart(name: str, title: str, x: str, costs: dict[int, Cost]) -> Chart:
    cpu = tuple((float(size), cost.cpu) for size, cost in costs.items())
    requests = tuple((float(size), cost.requests) for size, cost in costs.items())
    series = (Series("ms of CPU a run", cpu), Series("table requests a run", requests))
    return Chart(name, title, x, "a run", series, log_x=True)


MEASURE = Measure("backlog", "Backlogs and lanes", 200, 60, take)
