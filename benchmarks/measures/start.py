"""A start, in wall and CPU time, against its bare calls to storage in the same kind of host."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from statistics import median

from benchmarks.caller import Caller
from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Chart, Figure, Outcome, Series, Target
from benchmarks.harness.interleaving import in_turn, seconds_of
from benchmarks.harness.processes import Idling
from benchmarks.harness.statistics import Pairs
from benchmarks.measures.measure import Measure
from benchmarks.world import BOUNDLESS, bare_host, body, world

CONNECTION = "shared-load-1"
BLOCK = 20
IDLE_SECONDS = 2.0
FLOOR = "the same four calls to Table Storage in a bare function"


def take(effort: Effort) -> Outcome:
    """Start runs in a lane that is paused: nothing else goes on in the host meanwhile."""
    with (
        world(effort, timers=False, behaviour=BOUNDLESS) as made,
        bare_host(effort, made) as bare,
        Caller(made.host) as app,
        Caller(bare) as floor,
    ):
        made.paused_lane(CONNECTION)

        def bare_start() -> None:
            floor.call("POST", "/start", {}, expect=202)

        def start() -> None:
            app.call("POST", "/runs", body(CONNECTION), key=secrets.token_hex(8), expect=202)

        wall = in_turn(
            effort,
            lambda: seconds_of(bare_start),
            lambda: seconds_of(start),
            pairs=effort.of(250, 60),
            warm_up=10,
        )
        cpu = in_turn(
            effort,
            cpu_of(bare.pid, bare_start),
            cpu_of(made.host.pid, start),
            pairs=effort.of(10, 4),
            warm_up=1,
        )
    return Outcome(
        (figure("a start, wall time", wall, FLOOR), figure("a start, CPU time", cpu, FLOOR)),
        (chart("start", "A start", {"wall": wall, "CPU": cpu}),),
    )


def cpu_of(pid: int, work: Callable[[], object], block: int = BLOCK) -> Callable[[], float]:
    """Give what samples the CPU seconds that one call takes of a process beyond its idling."""
    idling = Idling.of(pid, IDLE_SECONDS)

    def sample() -> float:
        meter = idling.meter()
        for _ in range(block):
            work()
        return meter.seconds() / block

    return sample


def figure(what: str, pairs: Pairs, floor: str, target: float = 1.5) -> Figure:
    """Give the ratio of such pairs of seconds as a figure, with what both take."""
    told = f"{floor}, {1000 * median(pairs.floor):.1f} ms"
    note = f"{1000 * median(pairs.subject):.1f} ms"
    samples = len(pairs.floor)
    return Figure(what, pairs.ratio, "x", told, Target(target), pairs.spread, samples, note)


def chart(name: str, title: str, pairs: dict[str, Pairs]) -> Chart:
    """Draw what floors and subjects take, beside each other."""
    sides = {"floor": [each.floor for each in pairs.values()]}
    sides["broker"] = [each.subject for each in pairs.values()]
    series = tuple(
        Series(side, tuple((float(n), 1000 * median(each)) for n, each in enumerate(samples)))
        for side, samples in sides.items()
    )
    return Chart(name, title, "", "ms, median", series, kind="bars", labels=tuple(pairs))


MEASURE = Measure("start", "A start", 60, 18, take)
