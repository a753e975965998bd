"""docs/dataverse.md names every switch of the emulator, with its default."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from local.emulator.behaviour import Behaviour
from local.emulator.faults import Fault
from local.emulator.known_errors import KNOWN_ERRORS

TEXT = (Path(__file__).parents[2] / "docs" / "dataverse.md").read_text(encoding="utf-8")
ROWS = [row.split("|") for row in TEXT.splitlines() if row.count("|") == 4]


def documented_defaults(switch: str) -> list[str]:
    """Return the default of a switch: its own of the row's, or the one that all of them have."""
    for _, _, switches, defaults, _ in ROWS:
        names = re.findall(r"`(\w+)`", switches)
        if switch in names:
            values = re.findall(r"`(.*?)`", defaults) or [defaults.strip()]
            return values if len(values) == 1 else [values[names.index(switch)]]
    return []


@pytest.mark.parametrize("switch", dataclasses.fields(Behaviour), ids=lambda field: field.name)
def test_each_switch_is_told_with_its_default(switch: dataclasses.Field[object]) -> None:
    value = switch.default
    told = value if isinstance(value, str) else json.dumps(value)
    absent = {"null": "nothing", "[]": "none"}
    assert documented_defaults(switch.name) == [absent.get(told, told)]


@pytest.mark.parametrize(
    "name",
    [
        *(field.name for field in dataclasses.fields(Fault)),
        *("columns", "query_answer", "read_answer", "inputs", "outputs"),
        *(name for name in KNOWN_ERRORS if not name.startswith("flow_client")),
    ],
)
def test_each_way_to_break_something_is_told(name: str) -> None:
    assert f"`{name}`" in TEXT
