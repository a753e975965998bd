"""How many sessions that ended unheard one host finds in a second, and what it asks for them."""

from __future__ import annotations

import time

from benchmarks.caller import Caller
from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Figure, Outcome, Target
from benchmarks.measures.measure import Measure
from benchmarks.world import BOUNDLESS, World, world

LANES = 10
SWEEP_SECONDS = 50
QUERIES = "/api/data/v9.2/flowsessions"
GO_ON = "Queued,Submitting,Unconfirmed,Running"
SETTINGS = {
    "SUBMISSIONS_PER_WINDOW": "1000",
    "FIRST_POLL_SECONDS": "1",
    "LAST_POLL_SECONDS": "1",
}


def take(effort: Effort) -> Outcome:
    """Let robots end without a callback, and have one sweep after the other find them."""
    sessions = effort.of(1_000, 300)
    with (
        world(
            effort,
            timers=False,
            settings=SETTINGS,
            behaviour=BOUNDLESS,
            limit=1000,
            machines=sessions,
            run_seconds=0,
        ) as made,
        Caller(made.host) as caller,
    ):
        _submit(effort, made, sessions)
        asked, began = _queries(made), time.monotonic()
        while _going_on(caller):
            caller.run_timer("sweep")
            ends = time.monotonic() + SWEEP_SECONDS
            effort.until(
                lambda: not _going_on(caller) or time.monotonic() > ends,  # noqa: B023 - waits here
                "the sessions were never found",
                every=0.25,
            )
        took = time.monotonic() - began
        requests = _queries(made) - asked
    floor = f"a hundred sessions a query: {-(-sessions // 100)} queries of {sessions} sessions"
    return Outcome(
        (
            Figure(
                "requests to Dataverse per 1,000 sessions",
                1000 * requests / sessions,
                "requests",
                floor,
                Target(10),
            ),
            Figure("sessions polled, recorded and told of", sessions / took, "a second"),
        )
    )


def _submit(effort: Effort, made: World, sessions: int) -> None:
    """Submit runs over all lanes; their robots end when all are known to go on."""
    made.dataverse.hold("machines")
    made.dataverse.hold("callbacks")
    for number in range(1, LANES + 1):
        made.queue(f"shared-load-{number}", sessions // LANES)
    effort.until(lambda: len(made.submissions()) >= sessions, "some were never submitted", every=1)
    with Caller(made.host) as caller:
        effort.until(
            lambda: not caller.call("GET", "/runs?status=Queued,Submitting&top=1")["value"],
            "some were never known to go on",
            every=0.5,
        )
    made.dataverse.release("machines")
    time.sleep(2)  # so that the first look at each is due


def _going_on(caller: Caller) -> bool:
    return bool(caller.call("GET", f"/runs?status={GO_ON}&top=1")["value"])


def _queries(made: World) -> int:
    """Count what Dataverse was asked about sessions, many or one."""
    return len(made.dataverse.requests(QUERIES))


MEASURE = Measure("polling", "Polling", 110, 35, take)
