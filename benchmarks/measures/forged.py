"""What a forged callback costs in the app, in a process in which nothing else goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from statistics import median

from benchmarks.harness.effort import Effort
from benchmarks.harness.figures import Figure, Outcome, Target
from benchmarks.harness.page import REPOSITORY
from benchmarks.harness.statistics import Pairs, quantile
from benchmarks.measures.cold_start import SETTINGS
from benchmarks.measures.measure import Measure

PROGRAM = "benchmarks.forging"


def take(effort: Effort) -> Outcome:
    """Have the app refuse forged callbacks, beside one HMAC each."""
    command = [sys.executable, "-m", PROGRAM, str(effort.of(40, 15))]
    environment = SETTINGS | {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=max(1.0, effort.left),
    )
    floor, subject = json.loads(done.stdout)
    pairs = Pairs(tuple(floor), tuple(subject))
    figure = Figure(
        "a forged callback in the app",
        1e6 * median(subject),
        "µs",
        f"one HMAC-SHA256, {1e6 * median(floor):.1f} µs: {pairs.ratio:.1f} times that",
        Target(50),
        (1e6 * quantile(subject, 0.25), 1e6 * quantile(subject, 0.75)),
        len(subject),
    )
    return Outcome((figure,))


MEASURE = Measure("forged", "A forged callback", 20, 8, take)
