"""`python -m tests.simulation --seeds 5000`: run many seeds on all cores, or tell one in full."""

import argparse
import signal
import sys
import time

from tests.simulation.seeds import run_all
from tests.simulation.world import Outcome, simulate


def main() -> int:
    """Run what the arguments ask for; 0 if every promise was kept."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # its output may be cut short by `head`
    options = _options()
    if options.seed is not None:
        outcome = simulate(options.seed, verbose=True)
        _print(outcome)
        return 1 if outcome.broken else 0
    seeds = range(options.start, options.start + options.seeds)
    began, failed, simulated_ms = time.monotonic(), [], 0
    for outcome in run_all(seeds):
        simulated_ms += outcome.simulated_ms
        if outcome.broken:
            failed.append(outcome.seed)
            _line(f"seed {outcome.seed}: {outcome.broken[0]}")
            if len(failed) >= options.failures:
                break
    took = time.monotonic() - began
    rate, hours = len(seeds) / took, simulated_ms / 3_600_000
    _line(f"{len(seeds)} seeds, {len(failed)} failed; {took:.0f} s, {rate:.1f} seeds/s")
    _line(f"{hours:.0f} simulated hours")
    if failed:
        _print(simulate(failed[0], verbose=True))
        _line(f"Again: make simulate SEED={failed[0]}")
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=500, help="how many seeds to run")
    parser.add_argument("--start", type=int, default=0, help="the first of them")
    parser.add_argument("--seed", type=int, help="run this one alone, and tell its history")
    parser.add_argument("--failures", type=int, default=10, help="give up after so many")
    return parser.parse_args()


def _print(outcome: Outcome) -> None:
    for line in outcome.history:
        _line(line)
    for text in outcome.broken or ("every promise was kept",):
        _line(f"seed {outcome.seed}: {text}")


def _line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
