"""infra/ is what it should be, and each check finds what it is for: shown by breaking a copy."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from local.infra_checks import app_settings
from local.infra_checks.app_settings import asked, given
from local.infra_checks.bicep import files, literal, parse, properties, text_of, within
from local.infra_checks.checks import CHECKS
from local.infra_checks.events import ALERTS
from local.infra_checks.known import ROLES, TOLD_BY_AZURE
from local.infra_checks.sources import APP, MAIN, PAGE, REPOSITORY, SAMPLE, read_sources
from shared import settings
from shared.settings import Settings
from shared.settings_reader import Reader
from tests.support.infra_breaks import BREAKS, Break, Check

SOURCES = read_sources()


@pytest.mark.parametrize("check", CHECKS, ids=lambda each: each.__name__)
def test_nothing_is_wrong_with_what_is_here(check: Check) -> None:
    """Otherwise: `make infra` tells the faults."""
    assert [str(fault) for fault in check(SOURCES)] == []


@pytest.mark.parametrize("broken", BREAKS, ids=lambda each: f"{each.check.__name__}: {each.thing}")
def test_what_is_made_wrong_is_told_with_its_file_and_its_name(broken: Break) -> None:
    faults = broken.check(SOURCES.replaced(broken.path, broken.old, broken.new))
    told = [str(fault) for fault in faults if fault.file == (broken.found or broken.path)]
    assert any(broken.thing in each for each in told), [str(fault) for fault in faults]


def test_every_check_has_been_seen_to_fail() -> None:
    assert {each.check for each in BREAKS} == set(CHECKS)


def test_a_copy_is_broken_only_where_the_text_is() -> None:
    """A break that changes nothing would show nothing."""
    with pytest.raises(ValueError, match="has no"):
        SOURCES.replaced(APP, "no such text", "")


class TestTheCodesOwnSettings:
    """A setting that is new in the code, or has another default, is told elsewhere too."""

    @staticmethod
    def read_more(environ: Mapping[str, str]) -> Settings:
        reader = Reader(environ)
        reader.whole("LANES_AT_ONCE", 80, 1, 1_000)
        return settings.read(environ)

    @staticmethod
    def read_otherwise(environ: Mapping[str, str]) -> Settings:
        found = settings.read(environ)
        if "SUBMISSIONS_PER_WINDOW" in environ:
            return found
        return replace(found, pace=replace(found.pace, limit=60))

    def test_a_new_one_is_missing_in_the_sample(self) -> None:
        (fault,) = app_settings.check_sample(SOURCES, self.read_more)
        assert str(fault).startswith(f"{SAMPLE}: LANES_AT_ONCE is missing")

    def test_a_default_that_changes_is_no_longer_the_samples(self) -> None:
        (fault,) = app_settings.check_defaults(SOURCES, self.read_otherwise)
        assert str(fault).startswith(f"{APP}: SUBMISSIONS_PER_WINDOW is left to its default")

    def test_asking_finds_every_name_that_stands_in_the_code(self) -> None:
        """The names are told by the code as it runs; here by its texts, which have to agree."""
        modules = [*Path(REPOSITORY, "shared").glob("*settings*.py")]
        texts = {
            node.value
            for module in modules
            for node in ast.walk(ast.parse(module.read_text()))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        names = {text for text in texts if re.fullmatch(r"[A-Z]{2,}(_[A-Z]+)+", text)}
        assert len(names) > 25
        assert names <= asked()

    def test_what_azure_tells_is_set_by_nobody(self) -> None:
        assert asked() >= TOLD_BY_AZURE
        assert not TOLD_BY_AZURE & set(given(SOURCES))


class TestTwoBrokersInOneAccount:
    """By default their table and their queues differ, by a hash of the environment's name."""

    main = parse(MAIN, SOURCES.texts[MAIN])
    (app,) = (call for call in main.calls if call.symbol == "app")

    def named(self, parameter: str, token: str) -> str:
        """Give what a parameter of the app is where an account is named, and nothing else."""
        (text,) = (
            text_of(node)
            for node in within(self.app.given[parameter], "string")
            if any(within(node, "interpolation"))
        )
        return text.strip("'").replace("${token}", token)

    def settings(self, token: str) -> Settings:
        return settings.read(
            {
                "DATAVERSE_URL": "https://org.crm4.dynamics.com",
                "CALLBACK_SIGNING_KEY": "a key of thirty-two bytes, or so",
                "RUN_STORAGE": "UseDevelopmentStorage=true",
                "RUN_TABLE": self.named("runTable", token),
                "QUEUE_PREFIX": self.named("queuePrefix", token),
            }
        )

    def test_the_app_takes_the_names_and_they_are_different(self) -> None:
        one, other = self.settings("a2b3c4d5e6f7g"), self.settings("2222222222222")
        assert one.table != other.table
        assert one.queues.requests == "a2b3c4d5e6f7g-run-requests"
        assert other.queues.requests == "2222222222222-run-requests"


def test_names_are_no_longer_than_azure_takes() -> None:
    """24 characters for an account and a vault; a hash has 13 (uniqueString)."""
    text = SOURCES.texts[MAIN]
    for begin in ("st", "kv-"):
        assert f"name: '{begin}${{token}}'" in text
        assert len(begin) + 13 <= 24


def test_the_alerts_are_those_that_the_page_tells() -> None:
    rules = parse(ALERTS, SOURCES.texts[ALERTS]).variables["rules"]
    names = [literal(properties(each)["name"]) for each in rules.named_children]
    assert names == ["needs-operator", "lane-paused", "messages", "sweep", "allowance"]
    page = SOURCES.texts[PAGE].partition("## Alerts")[2].partition("\n## ")[0]
    assert len([line for line in page.splitlines() if line.startswith("| ")]) == len(names) + 2


@pytest.mark.parametrize("role", ROLES.values())
def test_the_page_tells_each_role(role: str) -> None:
    assert role in SOURCES.texts[PAGE]


def test_each_concern_has_a_module_of_its_own() -> None:
    names = {file.path for file in files(SOURCES)}
    for concern in ("identity", "storage", "key-vault", "monitoring", "function-app", "alerts"):
        assert f"infra/modules/{concern}.bicep" in names


def test_the_command_tells_how_many_faults_there_are() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.infra_checks"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{len(CHECKS)} checks, 0 faults\n"
