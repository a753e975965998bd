"""How close one connection comes to its limit, with four hosts and with one, beside two clients.

280 runs, 70 in any 60 s: the last cannot arrive before 180 s after the first. What counts is that
optimum over what was measured. All clients work in the same minutes, each on an Azurite and an
emulator of its own; they begin some seconds apart, so that none has its burst with another's.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Chart, Figure, Outcome, Target
from benchmarks.measures.arrivals import Arrivals, Task
from benchmarks.measures.clients import ANSWER_MS, at_once, evenly
from benchmarks.measures.measure import Measure
from benchmarks.world import World, world

CONNECTION = "shared-load-1"
IDLE, BUSY = 0.985, 0.975
HOSTS = {4: "broker, four hosts", 1: "broker, one host"}
ONE_HOST = "one lane, one host"
"""Under this name the lanes' measure finds what one host makes of one lane (`Effort.known`)."""

OPTIONS: dict[str, Any] = {"answer_ms": ANSWER_MS, "machines": 400}


def task_of(effort: Effort) -> Task:
    return effort.of(Task(280, 70, 60), Task(140, 70, 10))


def settings_of(task: Task) -> dict[str, str]:
    return {
        "SUBMISSIONS_PER_WINDOW": str(task.limit),
        "SUBMISSION_WINDOW_SECONDS": f"{task.window:.0f}",
    }


def take(effort: Effort) -> Outcome:
    """Work the same task with each client; then with a core that is kept busy."""
    task, apart = task_of(effort), effort.of(15.0, 2.5)
    idle = _together(effort, task, apart, peers=True)
    effort.known[ONE_HOST] = idle[1]
    with _busy_core():
        busy = _together(effort, task, 2 * apart, peers=False)
    figures = [
        *_figures(idle[:2], idle[2:], task.target(IDLE), ""),
        *_peers(idle[2:]),
        *_figures(busy, [], task.target(BUSY), ", a core kept busy"),
    ]
    title = f"{task.runs} runs on one connection, {task.limit} in any {task.window:.0f} s"
    series = tuple(each.series() for each in idle)
    chart = Chart("pace", title, "seconds after the first submission", "accepted", series)
    return Outcome(tuple(figures), (chart,))


def _together(effort: Effort, task: Task, apart: float, *, peers: bool) -> list[Arrivals]:
    """Have four hosts and one work the task, and the two clients beside them."""
    with ExitStack() as parts:
        made = [
            parts.enter_context(
                world(
                    effort,
                    hosts=hosts,
                    settings=settings_of(task),
                    limit=task.limit,
                    limit_window_seconds=task.window,
                    **OPTIONS,
                )
            )
            for hosts in HOSTS
        ]
        begins = time.time() + effort.of(20.0, 6.0)
        work = [
            partial(work_lane, effort, each, task, begins + apart * number, name)
            for number, (each, name) in enumerate(zip(made, HOSTS.values(), strict=True))
        ]
        if peers:
            work.append(partial(at_once, effort, task, begins + apart * 2))
            work.append(partial(evenly, effort, task, begins - apart))
        with ThreadPoolExecutor(len(work)) as beside:
            futures = [beside.submit(each) for each in work]
            return [each.result() for each in futures]


def work_lane(effort: Effort, made: World, task: Task, begins: float, name: str) -> Arrivals:
    """Queue all runs on a lane that waits until `begins` (s since the epoch); see them arrive."""
    made.paused_lane(CONNECTION, begins)
    made.queue(CONNECTION, task.runs)
    effort.until(
        lambda: made.accepted(CONNECTION) >= task.runs,
        f"{name}: some runs were never submitted",
        every=0.5,
    )
    return Arrivals.of(name, task, made.dataverse.state().submissions)


@contextmanager
def _busy_core() -> Iterator[None]:
    """Keep one core busy, as a neighbour on the machine would."""
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as neighbour:
        try:
            yield
        finally:
            neighbour.kill()


def _figures(
    measured: Sequence[Arrivals], peers: Sequence[Arrivals], target: Target, when: str
) -> Iterator[Figure]:
    beside = "; ".join(f"{each.name}: {each.pace:.3f}" for each in peers)
    for each in measured:
        optimum = f"the limit itself, {each.task.optimum:.0f} s"
        yield Figure(
            f"{each.name}{when}",
            each.pace,
            "of the limit",
            f"{optimum}; {beside}" if beside else optimum,
            target,
            samples=len(each.accepted),
            note=f"{each.last:.1f} s, {each.lost:.2f} s lost of each window",
        )
        yield Figure(
            f"{each.name}{when}, refusals",
            each.refused,
            "refused",
            f"at most {each.most} in any window",
            Target(0),
        )


def _peers(peers: Sequence[Arrivals]) -> Iterator[Figure]:
    for each in peers:
        note = f"{each.last:.1f} s, {each.refused} refused, {each.most} in a window"
        yield Figure(each.name, each.pace, "of the limit", "peer", note=note)


MEASURE = Measure("pace", "One connection's pace", 560, 75, take)
