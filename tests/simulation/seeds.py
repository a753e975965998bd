"""Many seeds, side by side on all cores."""

import multiprocessing
import os
from collections.abc import Iterator

from tests.simulation.world import Outcome, simulate

CHUNK = 10


def run_all(seeds: range) -> Iterator[Outcome]:
    """Run seeds side by side; outcomes come in the order of the seeds."""
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        yield from pool.imap(simulate, seeds, chunksize=CHUNK)
