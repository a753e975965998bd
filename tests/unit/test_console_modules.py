"""The console's modules that need no browser, run by Node as a browser would: as they are."""

from __future__ import annotations

import subprocess
from pathlib import Path

TESTS = sorted((Path(__file__).parent / "console").glob("*.test.mjs"))


def test_the_modules_keep_what_they_promise() -> None:
    """Each sentence of it stands in tests/unit/console/."""
    done = subprocess.run(
        # The modules have no package.json beside them that says what they are.
        ["node", "--experimental-detect-module", "--test", *map(str, TESTS)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert TESTS
    assert done.returncode == 0, done.stdout
