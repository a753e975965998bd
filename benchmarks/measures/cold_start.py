"""What a cold start imports: the app, against the pinned libraries alone."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median

from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Chart, Figure, Outcome, Series, Target
from benchmarks.harness.interleaving import in_turn
from benchmarks.harness.page import REPOSITORY
from benchmarks.harness.statistics import Pairs
from benchmarks.measures.measure import Measure

SETTINGS = {
    "DATAVERSE_URL": "https://org.crm4.dynamics.com",
    "CALLBACK_SIGNING_KEY": "a key of thirty-two bytes, or so",
    "RUN_STORAGE": "UseDevelopmentStorage=true",
    "WEBSITE_HOSTNAME": "broker.azurewebsites.net",
}
LIBRARIES = (
    "import azure.functions, azure.core.pipeline.transport, azure.identity, azure.data.tables, "
    "azure.storage.queue, requests, requests_hardened, standardwebhooks, urllib3"
)
INDEXED = "import function_app; function_app.app.get_functions()"
COMPOSED = f"{INDEXED}; function_app._services()"
FUNCTIONS = "import azure.functions"
PROGRAM = "import time; begun = time.perf_counter(); {}; print(time.perf_counter() - begun)"


def seconds(statement: str) -> float:
    """Give how long a statement takes in a new process, on a warm file cache."""
    command = [sys.executable, "-c", PROGRAM.format(statement)]
    environment = SETTINGS | {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def take(effort: Effort) -> Outcome:
    """Import the app, and put its services together, beside what it stands on."""
    tries = effort.of(15, 5)
    whole = in_turn(
        effort, lambda: seconds(LIBRARIES), lambda: seconds(COMPOSED), pairs=tries, warm_up=1
    )
    indexed = in_turn(
        effort, lambda: seconds(FUNCTIONS), lambda: seconds(INDEXED), pairs=tries, warm_up=1
    )
    figures = (
        _figure("ready for the first request", whole, "the pinned libraries", Target(1.3)),
        _figure("functions indexed", indexed, "azure.functions", None),
    )
    labels = ("libraries", "ready", "azure.functions", "indexed")
    medians = (whole.floor, whole.subject, indexed.floor, indexed.subject)
    bars = tuple((float(place), 1000 * median(each)) for place, each in enumerate(medians))
    chart = Chart(
        "cold-start",
        "Importing the app and its libraries",
        "what a new process imports",
        "ms, median",
        (Series("median", bars),),
        kind="bars",
        labels=labels,
    )
    return Outcome(figures, (chart,))


def _figure(what: str, pairs: Pairs, floor: str, target: Target | None) -> Figure:
    told = f"import of {floor}, {1000 * median(pairs.floor):.0f} ms"
    samples = len(pairs.floor)
    return Figure(what, pairs.ratio, "x", told, target, pairs.spread, samples)


MEASURE = Measure("cold-start", "Cold start", 60, 25, take)
