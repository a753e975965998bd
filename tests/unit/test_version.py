"""The version: one number, said in three places, and shown by GET health."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

from shared.version import VERSION

REPOSITORY = Path(__file__).resolve().parents[2]
HEADINGS = re.findall(r"^## (.+)$", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)
RELEASE = re.compile(r"(?P<version>\d+\.\d+\.\d+) - (?P<date>\d{4}-\d{2}-\d{2})")


def test_it_is_the_one_of_the_project() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION


def test_it_is_the_changelogs_newest_with_its_date() -> None:
    """What is not released yet stands above it, under Unreleased."""
    newest = RELEASE.fullmatch(next(each for each in HEADINGS if each != "Unreleased"))
    assert newest is not None
    assert newest["version"] == VERSION
    assert date.fromisoformat(newest["date"]).isoformat() == newest["date"]


def test_unreleased_comes_first_if_at_all() -> None:
    assert "Unreleased" not in HEADINGS[1:]
    assert all(RELEASE.fullmatch(each) for each in HEADINGS if each != "Unreleased")


def test_it_is_a_semantic_version() -> None:
    assert re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", VERSION)
