"""What is deployed: the files that .funcignore leaves, and requirements.txt alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS

REPOSITORY = Path(__file__).resolve().parents[2]
FUNCTIONS = {
    "start_run": "httpTrigger",
    "list_runs": "httpTrigger",
    "get_run": "httpTrigger",
    "get_outputs": "httpTrigger",
    "cancel_run": "httpTrigger",
    "resolve_run": "httpTrigger",
    "list_lanes": "httpTrigger",
    "pause_lane": "httpTrigger",
    "resume_lane": "httpTrigger",
    "callback": "httpTrigger",
    "ingest_request": "queueTrigger",
    "dispatch_lane": "queueTrigger",
    "notify_receiver": "queueTrigger",
    "sweep": "timerTrigger",
    "retention": "timerTrigger",
}
INDEX = """
import json, sys
import function_app
functions = {}
for function in function_app.app.get_functions():
    triggers = [json.loads(binding) for binding in function.get_raw_bindings()]
    functions[function.get_function_name()] = [
        binding["type"] for binding in triggers if binding["type"].endswith("Trigger")
    ]
print(json.dumps({"functions": functions, "modules": sorted(sys.modules)}))
"""
USE = """
import os
from shared.composition import compose
from shared.settings import read
compose(read(os.environ))
print("composed")
"""
SETTINGS = {
    "DATAVERSE_URL": "https://org.crm4.dynamics.com",
    "CALLBACK_SIGNING_KEY": "k" * 32,
    "RUN_STORAGE": "UseDevelopmentStorage=true",
    "WEBSITE_HOSTNAME": "broker.azurewebsites.net",
}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that `func azure functionapp publish` would take.

    .funcignore has the syntax of .gitignore, so git itself says what it leaves.
    """
    everything = tmp_path_factory.mktemp("everything")
    shutil.copytree(
        REPOSITORY,
        everything,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns(".git", ".venv", "node_modules", ".local", ".*_cache"),
    )
    (everything / ".gitignore").write_bytes((REPOSITORY / ".funcignore").read_bytes())
    git = ["git", "-C", str(everything)]
    subprocess.run([*git, "init", "-q"], check=True)
    listing = [*git, "ls-files", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, check=True, capture_output=True, text=True)
    target = tmp_path_factory.mktemp("deployed")
    for name in listed.stdout.splitlines():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(everything / name, target / name)
    return target


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the packages of requirements.txt and no others."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    interpreter = folder / "bin" / "python"
    install = [str(interpreter), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    requirements = str(REPOSITORY / "requirements.txt")
    subprocess.run([*install, "-r", requirements], check=True, timeout=PATIENCE_SECONDS)
    return interpreter


def run(python: Path, folder: Path, program: str) -> str:
    done = subprocess.run(
        [str(python), "-W", "error", "-c", program],
        cwd=folder,
        env=SETTINGS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_but_the_app_is_deployed(deployed: Path) -> None:
    top = {path.name for path in deployed.iterdir()}
    assert top == {"function_app.py", "host.json", "requirements.txt", "shared"}
    others = [path for path in (deployed / "shared").rglob("*") if path.is_file()]
    assert {path.suffix for path in others} == {".py"}


def test_all_functions_index_with_requirements_alone(deployed: Path, python: Path) -> None:
    indexed = json.loads(run(python, deployed, INDEX))["functions"]
    assert indexed == {name: [trigger] for name, trigger in FUNCTIONS.items()}


def test_a_cold_start_imports_no_sdk(deployed: Path, python: Path) -> None:
    """They are imported at first use: benchmarks/cold_start.py has the figures."""
    modules = set(json.loads(run(python, deployed, INDEX))["modules"])
    heavy = {"azure.identity", "azure.data.tables", "azure.storage.queue", "azure.core", "requests"}
    assert not heavy & modules


def test_what_is_imported_at_first_use_is_there(deployed: Path, python: Path) -> None:
    assert run(python, deployed, USE).strip() == "composed"


def test_every_requirement_is_pinned() -> None:
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    requirements = [line for line in lines if line and not line.startswith("#")]
    assert all("==" in line for line in requirements)
