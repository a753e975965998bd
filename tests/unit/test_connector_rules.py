"""The connector keeps the rules of Microsoft's validator, and each of them can be broken."""

from __future__ import annotations

import copy
import json

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from shared.api.swagger import definition
from tests.support.connector_rules import RULES, faults
from tests.support.connector_rules.breakages import BREAKAGES

DEFINITION = definition()
MEGABYTE = 1_000_000


@pytest.mark.parametrize("name", RULES)
def test_the_connector_keeps_the_rule(name: str) -> None:
    assert RULES[name](DEFINITION) == []


@pytest.mark.parametrize("name", RULES)
def test_a_definition_that_is_broken_accordingly_breaks_that_rule_alone(name: str) -> None:
    """A rule that finds nothing wherever it looks would keep nobody from anything."""
    broken = copy.deepcopy(DEFINITION)
    BREAKAGES[name](broken)
    assert set(faults(broken)) == {name}


def test_each_breakage_is_of_a_rule() -> None:
    assert set(BREAKAGES) == set(RULES)
    assert len(RULES) > 100


def test_the_definition_is_swagger_2_0() -> None:
    OpenAPIV2SpecValidator(DEFINITION).validate()


def test_it_is_as_small_as_an_import_takes() -> None:
    assert len(json.dumps(DEFINITION, indent=2)) < MEGABYTE
