"""`make infra`: checks infra/ and azure.yaml without Azure, and tells each fault."""

from __future__ import annotations

from local.infra_checks.checks import CHECKS
from local.infra_checks.sources import read_sources


def main() -> None:
    sources = read_sources()
    faults = [fault for check in CHECKS for fault in check(sources)]
    for fault in faults:
        print(fault)
    print(f"{len(CHECKS)} checks, {len(faults)} faults")
    if faults:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
