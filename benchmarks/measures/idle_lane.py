"""From the answer to a start on an idle lane to its submission, against one poll of a queue."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from azure.storage.queue import QueueClient

from benchmarks.bare.function_app import POLLS
from benchmarks.caller import Caller
from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Chart, Figure, Outcome, Series, Target
from benchmarks.harness.statistics import quantile
from benchmarks.measures.measure import Measure
from benchmarks.world import World, bare_host, body, run_of, world

HALF_SECONDS = 1.2
"""Half of the time between two starts: the host asks an idle queue as seldom as ever by then."""

FEWEST = 5


def take(effort: Effort) -> Outcome:
    """Start a run on a lane that exists and rests; beside it, send a message to a bare queue."""
    wanted = effort.of(30, 7)
    connections = [f"shared-load-{number}" for number in range(1, wanted + 1)]
    polled = effort.folder / "polled"
    with world(effort) as made, bare_host(effort, made, POLLED=str(polled)):
        for connection in connections:
            made.make_lane(connection)
        queue = QueueClient.from_connection_string(made.settings["RUN_STORAGE"], POLLS)
        queue.create_queue()
        with queue, Caller(made.host) as caller:
            starts = _in_turn(effort, made, caller, queue, connections)
            polls = _polls(effort, polled, len(starts))
    return Outcome(_figures(starts, polls), (_chart(starts, polls),))


def _in_turn(
    effort: Effort, made: World, caller: Caller, queue: QueueClient, connections: list[str]
) -> list[float]:
    """Give the seconds from each start's answer to the arrival of its submission."""
    accepted: dict[str, float] = {}
    for connection in connections:
        if effort.left < 3 * HALF_SECONDS and len(accepted) >= FEWEST:
            break
        time.sleep(HALF_SECONDS)
        queue.send_message(str(time.time()))
        time.sleep(HALF_SECONDS)
        key = secrets.token_hex(8)
        run = caller.call("POST", "/runs", body(connection), key=key, expect=202)["runId"]
        accepted[run] = time.time()
    effort.until(lambda: len(made.submissions()) >= len(accepted), "a run was never submitted")
    arrived = {run_of(each.callback_url): each.arrived_ms / 1000 for each in made.submissions()}
    return [max(0.0, arrived[run] - at) for run, at in accepted.items()]


def _polls(effort: Effort, polled: Path, sent: int) -> list[float]:
    """Give the seconds from the sending of each message to its function's call."""

    def lines() -> list[str] | None:
        found = polled.read_text().splitlines() if polled.exists() else []
        return found if len(found) >= sent else None

    pairs = (line.split() for line in effort.until(lines, "a message never came"))
    return [float(came) - float(sent) for sent, came in pairs]


def _figures(starts: list[float], polls: list[float]) -> tuple[Figure, ...]:
    targets = {0.5: 0.5, 0.95: 1.5}
    return tuple(
        Figure(
            f"accepted start to submission, p{100 * share:.0f}",
            quantile(starts, share),
            "s",
            f"one poll of a queue, {quantile(polls, share):.2f} s",
            Target(target),
            samples=len(starts),
        )
        for share, target in targets.items()
    )


def _chart(starts: list[float], polls: list[float]) -> Chart:
    def shares(samples: list[float]) -> tuple[tuple[float, float], ...]:
        ordered = sorted(samples)
        return tuple((each, 100 * (n + 1) / len(ordered)) for n, each in enumerate(ordered))

    return Chart(
        "idle-lane",
        "A start on an idle lane, until it is submitted",
        "seconds at most",
        "% of the samples",
        (Series("start to submission", shares(starts)), Series("one queue poll", shares(polls))),
    )


MEASURE = Measure("idle-lane", "A start on an idle lane", 100, 32, take)
