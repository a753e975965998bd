"""`make cold-start`: what importing the app costs, against importing azure.functions alone.

Both in new processes on a warm file cache; the least of several tries, as the rest is the machine's
noise.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
TRIES = 15
SETTINGS = {
    "DATAVERSE_URL": "https://org.crm4.dynamics.com",
    "CALLBACK_SIGNING_KEY": "a key of thirty-two bytes, or so",
    "RUN_STORAGE": "UseDevelopmentStorage=true",
    "WEBSITE_HOSTNAME": "broker.azurewebsites.net",
}
STATEMENTS = {
    "import azure.functions": "import azure.functions",
    "import function_app": "import function_app; function_app.app.get_functions()",
    "import shared.composition": "import shared.composition",
}
PROGRAM = "import time; start = time.perf_counter(); {}; print(time.perf_counter() - start)"


def seconds(statement: str) -> float:
    """Give the least time that the statement took in a new process."""
    command = [sys.executable, "-c", PROGRAM.format(statement)]
    environment = SETTINGS | {"PATH": os.environ["PATH"]}
    tries = [
        subprocess.run(
            command, cwd=REPOSITORY, env=environment, check=True, capture_output=True, text=True
        )
        for _ in range(TRIES)
    ]
    return min(float(done.stdout) for done in tries)


def main() -> None:
    floor = None
    for name, statement in STATEMENTS.items():
        took = seconds(statement)
        floor = floor or took
        print(f"{name:<26} {took:6.3f} s   {took / floor:5.2f} x")


if __name__ == "__main__":
    main()
