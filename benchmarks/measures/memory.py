"""The memory of a host that works ever more runs.

100,000 runs take an hour on two cores, so a run of all measures takes as many as its time allows;
`make bench ONLY=memory RUNS=100000` takes all.
"""

from __future__ import annotations

from statistics import median

from benchmarks.caller import Caller
from benchmarks.harness.effort import Effort, NotMeasuredError
from benchmarks.harness.figures import Chart, Figure, Outcome, Series, Target
from benchmarks.harness.interleaving import seconds_of
from benchmarks.harness.processes import peak_mib, resident_mib
from benchmarks.harness.statistics import slope
from benchmarks.measures.measure import Measure
from benchmarks.measures.polling import GO_ON
from benchmarks.world import BOUNDLESS, World, bare_host, world

LANES = 5
FEWEST_ROUNDS = 8
MANY = 100_000
SETTINGS = {
    "SUBMISSIONS_PER_WINDOW": "1000",
    "SUBMISSION_WINDOW_SECONDS": "1",
    "SWEEP_SCHEDULE": "*/10 * * * * *",
}
BEHAVIOUR = BOUNDLESS | {"runs_per_window": 1000, "window_seconds": 1}


def take(effort: Effort) -> Outcome:
    """Have runs start, end and be told of, round by round, and look at the host after each."""
    a_round = effort.of(500, 50)
    with (
        world(effort, settings=SETTINGS, behaviour=BEHAVIOUR, backlogs=(), run_seconds=0) as made,
        bare_host(effort, made, RUN_STORAGE=made.settings["AzureWebJobsStorage"]) as bare,
    ):
        seen, longest = [(0.0, resident_mib(made.host.pid))], 0.0
        while _goes_on(effort, len(seen) - 1, a_round, longest):
            longest = max(longest, seconds_of(lambda: _round(effort, made, a_round)))
            seen.append((seen[-1][0] + a_round, resident_mib(made.host.pid)))
        peak, least = peak_mib(made.host.pid), resident_mib(bare.pid)
    if len(seen) <= FEWEST_ROUNDS:
        raise NotMeasuredError(f"there was time for {seen[-1][0]:.0f} runs")
    return Outcome(_figures(seen, peak, least), (_chart(seen),))


def _goes_on(effort: Effort, rounds: int, a_round: int, longest: float) -> bool:
    """Say whether there is another round: as many as are asked for, or as there is time for."""
    if effort.runs is not None:
        return rounds * a_round < effort.runs
    return effort.left > 1.5 * longest


def _round(effort: Effort, made: World, runs: int) -> None:
    """Take runs through their whole life; Dataverse forgets them then, the table does not."""
    for number in range(1, LANES + 1):
        made.queue(f"shared-load-{number}", runs // LANES)
    with Caller(made.host) as caller:
        effort.until(lambda: _all_ended(caller), "some runs never ended", every=0.25)
    made.dataverse.reset()
    made.dataverse.change_behaviour(**BEHAVIOUR)


def _all_ended(caller: Caller) -> bool:
    return not caller.call("GET", f"/runs?status={GO_ON}&top=1")["value"]


def _figures(seen: list[tuple[float, float]], peak: float, least: float) -> tuple[Figure, ...]:
    """Tell the peak, and how the last quarter compares with the second: the first fills caches."""
    runs, quarter = int(seen[-1][0]), len(seen) // 4
    sizes = [size for _, size in seen]
    grown = median(sizes[-quarter:]) / median(sizes[quarter : 2 * quarter])
    kib = 1024 * slope(seen[len(seen) // 2 :])
    return (
        Figure(
            f"memory of a host after {runs:,} runs, at the most",
            peak,
            "MiB",
            f"a host whose app makes bare calls, {least:.0f} MiB",
            Target(150),
        ),
        Figure(
            "its growth, last quarter of the runs over the second",
            grown,
            "x",
            "flat",
            Target(1.02),
            samples=len(seen),
            note=f"{kib:+.2f} KiB a run, {kib * MANY / 1024:+.0f} MiB for 100,000",
        ),
    )


def _chart(seen: list[tuple[float, float]]) -> Chart:
    series = (Series("resident", tuple(seen)),)
    return Chart("memory", "Memory of a host", "runs", "MiB", series, marks=(("150 MiB", 150.0),))


MEASURE = Measure("memory", "Memory", 120, 30, take)
