"""What is deployed: the files that .funcignore leaves, and requirements.txt alone."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest

from shared.triggers import console
from tests.support.patience import PATIENCE_SECONDS

REPOSITORY = Path(__file__).resolve().parents[2]
UV = str(Path(sys.executable).parent / "uv")
FUNCTIONS = {
    "start_run": "httpTrigger",
    "start_batch": "httpTrigger",
    "list_runs": "httpTrigger",
    "get_run": "httpTrigger",
    "get_outputs": "httpTrigger",
    "cancel_run": "httpTrigger",
    "retry_notification": "httpTrigger",
    "list_messages": "httpTrigger",
    "resend_message": "httpTrigger",
    "remove_message": "httpTrigger",
    "resolve_run": "httpTrigger",
    "get_operation": "httpTrigger",
    "list_flows": "httpTrigger",
    "get_flow_schema": "httpTrigger",
    "list_connections": "httpTrigger",
    "start_and_wait": "httpTrigger",
    "leave_wait": "httpTrigger",
    "start_and_poll": "httpTrigger",
    "poll_run": "httpTrigger",
    "subscribe": "httpTrigger",
    "list_subscriptions": "httpTrigger",
    "unsubscribe": "httpTrigger",
    "get_attention": "httpTrigger",
    "list_lanes": "httpTrigger",
    "get_lane": "httpTrigger",
    "pause_lane": "httpTrigger",
    "resume_lane": "httpTrigger",
    "get_health": "httpTrigger",
    "get_diagnostics": "httpTrigger",
    "callback": "httpTrigger",
    "openapi": "httpTrigger",
    "console": "httpTrigger",
    "console_file": "httpTrigger",
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
DIAGNOSE = """
import json
from shared.diagnosis import diagnose
from shared.settings import attempt
_, found = diagnose(attempt({}), {})
print(json.dumps({each.check: each.outcome.value for each in found}))
"""
SETTINGS = {
    "DATAVERSE_URL": "https://org.crm4.dynamics.com",
    "CALLBACK_SIGNING_KEY": "a key of thirty-two bytes, or so",
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
    others = {path for path in (deployed / "shared").rglob("*") if path.is_file()}
    page = {path for path in others if path.parent == deployed / "shared" / "console"}
    assert {path.name for path in page} == set(console.files())
    assert {path.suffix for path in others - page} == {".py"}


def test_all_functions_index_with_requirements_alone(deployed: Path, python: Path) -> None:
    indexed = json.loads(run(python, deployed, INDEX))["functions"]
    assert indexed == {name: [trigger] for name, trigger in FUNCTIONS.items()}


def test_a_cold_start_imports_no_sdk(deployed: Path, python: Path) -> None:
    """They are imported at first use: benchmarks/cold_start.py has the figures."""
    modules = set(json.loads(run(python, deployed, INDEX))["modules"])
    heavy = {
        "azure.identity",
        "azure.data.tables",
        "azure.storage.queue",
        "azure.core",
        "requests",
        "opentelemetry",
    }
    assert not heavy & modules
    assert not [name for name in modules if "diagnos" in name], "the doctor comes when asked for"


def test_what_is_imported_at_first_use_is_there(deployed: Path, python: Path) -> None:
    assert run(python, deployed, USE).strip() == "composed"


def test_the_doctor_finds_what_was_deployed(deployed: Path, python: Path) -> None:
    """Its own checks need no more than is deployed, and are not about this repository's files."""
    found = json.loads(run(python, deployed, DIAGNOSE))
    assert {found[each] for each in ("Python", "packages", "host.json")} == {"Ok"}


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_the_requirements_fit_each_python_that_functions_offers(version: str) -> None:
    """azure-functions 1.x declares Python before 3.13, 2.x from there on."""
    resolve = [UV, "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    resolved = subprocess.run(
        [*resolve, "--python-version", version, "--only-binary", ":all:", "requirements.txt"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert resolved.returncode == 0, resolved.stderr
    assert f"azure-functions=={'1' if version < '3.13' else '2'}." in resolved.stdout


def test_all_functions_index_under_the_library_for_later_pythons(
    deployed: Path, python: Path, tmp_path: Path
) -> None:
    """It is installed beside the older one, and declared for Pythons that may not be here."""
    (later,) = [line for line in _requirements() if line.startswith("azure-functions==2.")]
    install = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    anyway = ["--ignore-requires-python", "--target", str(tmp_path), later.partition(";")[0]]
    subprocess.run([*install, *anyway], check=True, timeout=PATIENCE_SECONDS)
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{INDEX}"
    indexed = json.loads(run(python, deployed, program))["functions"]
    assert indexed == {name: [trigger] for name, trigger in FUNCTIONS.items()}


class TestHostJson:
    """What the real host makes of host.json cannot be tried here; each value is explained."""

    host: ClassVar = json.loads((REPOSITORY / "host.json").read_text())
    explained = (REPOSITORY / "docs" / "deploy.md").read_text()

    def test_no_level_is_set_for_the_hosts_own_categories(self) -> None:
        """`default` overrides the host's list: `Azure.Core` would log each storage request."""
        levels = self.host["logging"]["logLevel"]
        assert set(levels) == {"Function", "Host.Results", "Host.Aggregator"}

    def test_no_event_of_the_app_is_thinned_out(self) -> None:
        """They are traces, and sampling is on by default."""
        sampling = self.host["logging"]["applicationInsights"]["samplingSettings"]
        assert "Trace" in sampling["excludedTypes"].split(";")

    def test_messages_reach_the_app_whatever_they_are(self) -> None:
        assert self.host["extensions"]["queues"]["messageEncoding"] == "none"

    def test_each_value_is_explained(self) -> None:
        values = [
            "functionTimeout",
            "logLevel",
            "excludedTypes",
            *self.host["extensions"]["queues"],
        ]
        for name in values:
            assert name in self.explained


def test_every_requirement_is_pinned() -> None:
    assert all("==" in line for line in _requirements())


def _requirements() -> list[str]:
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]
