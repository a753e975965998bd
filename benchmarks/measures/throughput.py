"""Starts a second through one host, against bare calls to storage from one process."""

from __future__ import annotations

import secrets
from statistics import median

from benchmarks.caller import Caller, side_by_side
from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Figure, Outcome, Target
from benchmarks.harness.interleaving import in_turn, seconds_of
from benchmarks.measures.measure import Measure
from benchmarks.world import BOUNDLESS, bare_host, body, world

CONNECTION = "shared-load-1"
CALLERS = 12


def take(effort: Effort) -> Outcome:
    """Have callers start runs as fast as they are answered, in turn with bare calls."""
    starts = effort.of(240, 60)
    with world(effort, timers=False, behaviour=BOUNDLESS) as made, bare_host(effort, made) as bare:
        made.paused_lane(CONNECTION)

        def start(caller: Caller, _: int) -> None:
            caller.call("POST", "/runs", body(CONNECTION), key=secrets.token_hex(8), expect=202)

        def bare_start(caller: Caller, _: int) -> None:
            caller.call("POST", "/start", {}, expect=202)

        pairs = in_turn(
            effort,
            lambda: seconds_of(lambda: side_by_side(bare, CALLERS, bare_start, range(starts))),
            lambda: seconds_of(lambda: side_by_side(made.host, CALLERS, start, range(starts))),
            pairs=effort.of(7, 3),
            warm_up=1,
        )
    rate, floor = (starts / median(each) for each in (pairs.subject, pairs.floor))
    low, high = pairs.spread
    told = f"bare calls of one process, {floor:.0f} a second"
    return Outcome(
        (
            Figure(
                "starts a second through one host",
                1 / pairs.ratio,
                "of the floor",
                told,
                Target(0.6, at_most=False),
                (1 / high, 1 / low),
                len(pairs.floor),
                f"{rate:.0f} a second",
            ),
        )
    )


MEASURE = Measure("throughput", "Starts through one host", 60, 22, take)
