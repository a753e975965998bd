"""Ten lanes on one host, against ten times what one lane makes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Chart, Figure, Outcome, Target
from benchmarks.measures.arrivals import Arrivals, Task
from benchmarks.measures.measure import Measure
from benchmarks.measures.pace import ONE_HOST, OPTIONS, settings_of, task_of, work_lane
from benchmarks.world import World, world
from local.emulator.records import Submission

TOO_MANY = 429
CONNECTIONS = tuple(f"shared-load-{number}" for number in range(1, 11))


def take(effort: Effort) -> Outcome:
    """Work the same task on each of ten lanes, with Dataverse's own limits of a user."""
    whole = task_of(effort)
    task = effort.of(replace(whole, runs=210), whole)
    one = effort.known.get(ONE_HOST)
    if one is None:
        with _world(effort, task) as made:
            one = work_lane(effort, made, task, time.time() + 6, ONE_HOST)
    with _world(effort, task) as made:
        begins = time.time() + effort.of(40.0, 25.0)
        with ThreadPoolExecutor(2) as callers:
            list(callers.map(lambda each: _queue(made, task, begins, each), CONNECTIONS))
        queued_late = max(0.0, time.time() - begins)
        wanted = task.runs * len(CONNECTIONS)
        effort.until(lambda: _accepted(made) >= wanted, "some were never submitted", every=1)
        seen = made.dataverse.state().submissions
    return _outcome(task, one, seen, queued_late)


def _world(effort: Effort, task: Task) -> AbstractContextManager[World]:
    limits: dict[str, Any] = {"limit": task.limit, "limit_window_seconds": task.window}
    return world(effort, settings=settings_of(task), **limits, **OPTIONS)


def _queue(made: World, task: Task, begins: float, connection: str) -> None:
    made.paused_lane(connection, begins)
    made.queue(connection, task.runs, width=1)


def _accepted(made: World) -> int:
    return sum(each.accepted for each in made.dataverse.arrivals().values())


def _outcome(task: Task, one: Arrivals, seen: Sequence[Submission], queued_late: float) -> Outcome:
    by_lane: dict[str, list[Submission]] = defaultdict(list)
    for each in seen:
        by_lane[each.connection or ""].append(each)
    lanes = [Arrivals.of(name, task, some) for name, some in sorted(by_lane.items())]
    first = min(each.arrived_ms for each in seen)
    last = max(each.arrived_ms for each in seen if each.outcome == "accepted")
    took, alone = (last - first) / 1000, one.pace_of(task.runs)
    pace = task.optimum / took
    poorest = min(lanes, key=lambda each: each.pace)
    user = sum(each.status == TOO_MANY and each.outcome == "refused" for each in seen)
    late = f"; queued {queued_late:.0f} s after the lanes opened" if queued_late else ""
    figures = (
        Figure(
            f"{len(lanes)} lanes on one host, together",
            pace / alone,
            "of ten times one",
            f"one lane, {alone:.3f} of its limit",
            Target(0.98, at_most=False),
            samples=len(seen),
            note=f"{took:.1f} s, the limit {task.optimum:.0f} s{late}",
        ),
        Figure(
            "the poorest of them",
            poorest.pace,
            "of the limit",
            f"{poorest.lost:.2f} s lost of each window",
            samples=len(poorest.accepted),
        ),
        Figure("submissions refused for the user's limits", user, "refused", samples=len(seen)),
    )
    title = f"Ten lanes on one host, {task.runs} runs each"
    series = tuple(each.series(every=10) for each in (lanes[0], poorest))
    chart = Chart("ten-lanes", title, "seconds after a lane's first submission", "accepted", series)
    return Outcome(figures, (chart,))


MEASURE = Measure("lanes", "Ten lanes", 240, 80, take)
