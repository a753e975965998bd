"""From a SIGKILL until every lane goes on: of the only host, by its return, and of one of four.

What bounds it is the guard that a busy process leaves in the queue: it appears ten seconds later.
"""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Chart, Figure, Outcome, Series, Target
from benchmarks.harness.statistics import quantile
from benchmarks.measures.measure import Measure
from benchmarks.world import World, world

LIMIT, WINDOW_SECONDS = 4, 4.0
"""One submission a second and lane, so that a gap is no wait for a slot."""

PACE = {
    "SUBMISSIONS_PER_WINDOW": str(LIMIT),
    "SUBMISSION_WINDOW_SECONDS": f"{WINDOW_SECONDS:.0f}",
    "SUBMISSION_DEADLINE_SECONDS": "5",
}
CONNECTIONS = tuple(f"shared-load-{number}" for number in range(1, 9))
RECOVERED_SECONDS = 12.0
STEADY_SECONDS = 6.0
LONGEST_SECONDS = 60.0
"""After this a lane is taken to have stopped for good: the sweep brings back what guards do not."""


def take(effort: Effort) -> Outcome:
    """Kill the only host, and hosts of four, again and again; time each lane's next submission."""
    kills = effort.of(3, 1)
    alone = _gaps(effort, 1, kills)
    of_four = _gaps(effort, 4, effort.of(4, 2))
    figures = (
        _figure("the only host killed: its return to each lane's next submission", alone),
        _figure("one of four hosts killed: to each lane's next submission", of_four),
    )
    series = tuple(
        Series(name, tuple((gap, 100 * (n + 1) / len(gaps)) for n, gap in enumerate(sorted(gaps))))
        for name, gaps in (("the only host", alone), ("one of four", of_four))
    )
    title = "Lanes go on after a SIGKILL"
    return Outcome(figures, (Chart("recovery", title, "seconds at most", "% of lanes", series),))


def _gaps(effort: Effort, hosts: int, kills: int) -> list[float]:
    """Give each lane's seconds to its next submission, after each kill."""
    limits: dict[str, Any] = {"limit": LIMIT, "limit_window_seconds": WINDOW_SECONDS}
    gaps: list[float] = []
    with world(effort, hosts=hosts, settings=PACE, **limits) as made:
        seconds = kills * (RECOVERED_SECONDS + 2 * STEADY_SECONDS) + 60
        for connection in CONNECTIONS:
            made.queue(connection, round(seconds * LIMIT / WINDOW_SECONDS), width=1)
        for kill in range(kills):
            _until_all_go(effort, made)
            gaps += _after_a_kill(effort, made, kill % hosts)
    return gaps


def _until_all_go(effort: Effort, made: World) -> None:
    since = time.time()
    effort.until(lambda: all(_arrivals(made, since).values()), "a lane rests", every=1)


def _after_a_kill(effort: Effort, made: World, number: int) -> list[float]:
    host = made.hosts[number]
    host.kill()
    if len(made.hosts) == 1:
        host.start()
    since = time.time()

    def gone_on() -> list[float] | None:
        nexts = [min(times, default=None) for times in _arrivals(made, since).values()]
        found = [at - since for at in nexts if at is not None]
        return found if len(found) == len(CONNECTIONS) else None

    gaps = effort.until(gone_on, "a lane never went on", every=0.5, seconds=LONGEST_SECONDS)
    if len(made.hosts) > 1:
        host.start()
    return gaps


def _arrivals(made: World, since: float) -> dict[str, list[float]]:
    """Give the times of each lane's submissions after a moment (s since the epoch)."""
    found: dict[str, list[float]] = defaultdict(list, {each: [] for each in CONNECTIONS})
    for each in made.submissions():
        if each.arrived_ms / 1000 > since:
            found[each.connection or ""].append(each.arrived_ms / 1000)
    return found


def _figure(what: str, gaps: list[float]) -> Figure:
    return Figure(
        what,
        max(gaps),
        "s",
        "the guard, 10 s after it was sent",
        Target(RECOVERED_SECONDS),
        (quantile(gaps, 0.25), quantile(gaps, 0.75)),
        len(gaps),
    )


MEASURE = Measure("recovery", "Lanes go on after a SIGKILL", 240, 100, take)
