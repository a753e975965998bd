"""The simulated host has as many workers as the real one is told to have."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from shared.triggers.provider import Services
from tests.simulation.bench import Bench
from tests.simulation.messages import Messages
from tests.simulation.workers import BATCH, THREADS, THRESHOLD, Workers

ROOT = Path(__file__).parents[2]


def test_a_queue_is_worked_as_host_json_says() -> None:
    queues = json.loads((ROOT / "host.json").read_text())["extensions"]["queues"]
    assert (queues["batchSize"], queues["newBatchThreshold"]) == (BATCH, THRESHOLD)


def test_the_worker_has_the_threads_that_the_documentation_asks_for() -> None:
    assert f"PYTHON_THREADPOOL_THREAD_COUNT={THREADS}" in (ROOT / "docs/deploy.md").read_text()


def bench_with_messages(count: int, instances: int) -> tuple[Bench, list[Callable[[], None]]]:
    """Put wake-ups for lanes of their own, whose dispatch goes on until the test ends one."""
    bench = Bench()
    world = bench.world
    world.host.open(instances)
    going: list[Callable[[], None]] = []

    def work(services: Services) -> None:
        over: list[bool] = []
        going.append(lambda: over.append(True))
        while not over:
            services.dispatch.clock.sleep(0.1)

    queue = Messages(world.scheduler, world.chaos, world.history, "wake-up", lambda _: True)
    queue.deliver_to(
        lambda _, done, died: world.host._take("wake-up", work, lambda _: done(True), died)
    )
    for _ in range(count):
        queue.put("")
    world.scheduler.run(world.scheduler.now + 5_000)
    return bench, going


def test_an_instance_works_a_batch_and_what_came_before_it() -> None:
    """Messages that come one by one are five at once, as each is a batch; others stay queued."""
    bench, going = bench_with_messages(40, 1)
    assert len(going) == THRESHOLD + 1
    for _ in range(1 + THRESHOLD - 2):
        going.pop(0)()
    bench.world.scheduler.run(bench.world.scheduler.now + 5_000)
    assert len(going) >= BATCH
    at_work = bench.world.host.instances["i0"].workers.in_work["wake-up"]
    assert BATCH <= at_work <= BATCH + THRESHOLD


def test_instances_share_what_waits() -> None:
    _, going = bench_with_messages(40, 4)
    assert len(going) == 4 * (THRESHOLD + 1)


def test_a_call_waits_for_a_thread() -> None:
    workers, begun = Workers(), []
    for number in range(THREADS + 2):
        workers.begin(lambda number=number: begun.append(number))  # type: ignore[misc]
    assert len(begun) == THREADS
    workers.end()
    assert begun[-1] == THREADS
