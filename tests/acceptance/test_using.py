"""docs/using.md is true: its listings are run, one after the other, as they stand."""

from __future__ import annotations

import base64
import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

from tests.support.broker import broker
from tests.support.patience import PATIENCE_SECONDS

TEXT = (Path(__file__).parents[2] / "docs" / "using.md").read_text()
LISTINGS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
SECRET = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def test_the_listings_run(tmp_path: Path) -> None:
    settings = {"NOTIFY_SIGNING_SECRET": SECRET, "NOTIFY_PRIVATE_HOSTS": "127.0.0.1"}
    program = tmp_path / "using.py"
    program.write_text("\n".join(LISTINGS))
    with broker(tmp_path, settings=settings, limit=1000) as app:
        environ = {
            "BROKER_URL": f"{app.hosts[0].url}/api",
            "BROKER_KEY": app.hosts[0].function_key,
            "BROKER_STORAGE": app.azurite.connection_string,
            "NOTIFY_SIGNING_SECRET": SECRET,
        }
        done = subprocess.run(
            [sys.executable, str(program)],
            env=os.environ | environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == 0, done.stderr
        runs = app.until_all_final(102)  # lists of all connections are a moment behind
        assert len(runs) == 102, "each key is one run"
        assert {run["status"] for run in runs} <= {"Succeeded", "Cancelled"}


def test_the_listings_are_all_there() -> None:
    headings = re.findall(r"^## (.*)$", TEXT, re.MULTILINE)
    assert len(LISTINGS) == len(headings) - 1 == 7, "the last leads on"
