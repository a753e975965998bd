"""The stand-in host runs timer functions on their schedule."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from local.host.functions import TimerFunction
from local.host.invocation import Invocations
from local.host.schedule import Interval
from local.host.timer_trigger import Timer
from tests.support.patience import until

if TYPE_CHECKING:
    from local.parts import FunctionHost

APP = """
    import json
    import os
    import time

    import azure.functions as func

    app = func.FunctionApp()

    @app.timer_trigger(arg_name="timer", schedule="%SCHEDULE%", run_on_startup=RUN_ON_STARTUP)
    def tick(timer: func.TimerRequest) -> None:
        with open(os.environ["SEEN"], "a") as file:
            file.write(json.dumps([time.time(), timer.past_due]) + "\\n")
"""
NEVER = "0 0 0 29 2 *"
EVERY_SECOND = "* * * * * *"
EVERY_THIRD_SECOND = "*/3 * * * * *"


def app(*, run_on_startup: bool = False) -> str:
    return APP.replace("RUN_ON_STARTUP", str(run_on_startup))


def ticks(host: FunctionHost) -> list[tuple[float, bool]]:
    path = Path(host.environment()["SEEN"])
    lines = path.read_text().splitlines() if path.exists() else []
    return [tuple(json.loads(line)) for line in lines]


def test_a_timer_ticks_on_its_seconds(make_host: Any) -> None:
    """After each of them, however late on a busy machine: never before."""
    with make_host(app(), settings={"SCHEDULE": EVERY_THIRD_SECOND}) as host:
        first, second = until(lambda: ticks(host)[:2] if len(ticks(host)) > 1 else None)
    assert all(started % 3 < 2 for started, _ in (first, second))
    assert second[0] - first[0] > 1


def test_a_timer_runs_once_at_a_time() -> None:
    """Due every 20 ms and started by hand too, runs of 100 ms never overlap."""
    running: list[int] = []
    stopping = asyncio.Event()

    async def work(timer: object) -> None:  # noqa: ARG001  # what the trigger hands over
        running.append(running[-1] + 1 if running else 1)
        await asyncio.sleep(0.1)
        running.append(running[-1] - 1)
        if len(running) >= 6:
            stopping.set()

    function = TimerFunction("work", work, "timer", None, False, ".", "", run_on_startup=False)
    timer = Timer(function, Interval(timedelta(milliseconds=20)), Invocations(1, None))

    async def twice() -> None:
        await asyncio.gather(timer.run(stopping), timer.run_now())

    asyncio.run(twice())
    assert len(running) >= 6
    assert max(running) == 1


def test_a_timer_may_run_at_the_start_of_the_host(make_host: Any) -> None:
    with make_host(app(run_on_startup=True), settings={"SCHEDULE": NEVER}) as host:
        until(lambda: ticks(host))


def test_without_timers_one_runs_only_by_hand(make_host: Any) -> None:
    source = app(run_on_startup=True)
    with make_host(source, settings={"SCHEDULE": EVERY_SECOND}, timers=False) as host:
        headers = {"x-functions-key": host.master_key}
        url = f"{host.url}/admin/functions"
        assert httpx.post(f"{url}/none", json={}, headers=headers).status_code == 404
        assert ticks(host) == []
        assert httpx.post(f"{url}/tick", json={}, headers=headers).status_code == 202
        until(lambda: ticks(host))
    assert len(ticks(host)) == 1
