"""Identifiers say where a run lives, and sort the newest run first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.identifiers import (
    LANE_ID_LENGTH,
    TAIL_LENGTH,
    TAIL_RANDOM_BYTES,
    created_at_of,
    is_lane_id,
    is_run_id,
    lane_id,
    lane_of,
    run_id,
    tail_of,
)
from tests.support.runs import LANE, NOW, instants

EXAMPLES = settings(max_examples=200, deadline=None, derandomize=True)
randomness = st.binary(min_size=TAIL_RANDOM_BYTES, max_size=TAIL_RANDOM_BYTES)


@EXAMPLES
@given(environment=st.text(), connection=st.text(), created_at=instants, chance=randomness)
def test_a_run_id_gives_back_its_lane_and_its_time(
    environment: str, connection: str, created_at: int, chance: bytes
) -> None:
    lane = lane_id(environment, connection)
    run = run_id(lane, created_at, chance)
    assert lane_of(run) == lane
    assert created_at_of(run) == created_at
    assert f"{lane}-{tail_of(run)}" == run
    assert is_lane_id(lane)
    assert is_run_id(run)
    assert (len(lane), len(tail_of(run))) == (LANE_ID_LENGTH, TAIL_LENGTH)


@EXAMPLES
@given(older=instants, newer=instants, chances=st.tuples(randomness, randomness))
def test_a_newer_run_sorts_first(older: int, newer: int, chances: tuple[bytes, bytes]) -> None:
    """By its tail alone, whatever its random part: a lane's newest runs are one range query."""
    if older == newer:
        return
    older, newer = sorted((older, newer))
    assert tail_of(run_id(LANE, newer, chances[0])) < tail_of(run_id(LANE, older, chances[1]))


@EXAMPLES
@given(chances=st.tuples(randomness, randomness))
def test_two_runs_of_one_millisecond_differ(chances: tuple[bytes, bytes]) -> None:
    first, second = (run_id(LANE, NOW, chance) for chance in chances)
    assert (first == second) == (chances[0] == chances[1])


def test_the_same_connection_in_other_letters_has_the_same_lane() -> None:
    """Dataverse compares names without regard to case: one connection, one limit."""
    lane = lane_id("org.crm.dynamics.com", "shared_uiflow_straße")
    assert lane_id("ORG.CRM.dynamics.com", "Shared_UIflow_STRASSE") == lane


def test_another_environment_or_connection_has_another_lane() -> None:
    """Also where the two run into each other."""
    lanes = {lane_id(*names) for names in [("a", "b"), ("a", "c"), ("ab", ""), ("", "ab")]}
    assert len(lanes) == 4


def test_a_lane_id_stays_what_it_is() -> None:
    """Rows are found by it for years: a change of the rule would lose them all."""
    assert lane_id("org.crm.dynamics.com", "shared_uiflow_1") == "pkgc8agta9g9h9nq"
    assert run_id(LANE, NOW, bytes(10)) == f"{LANE}-vubnonjonv0000000000000000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        LANE,
        f"{LANE}-",
        f"{LANE}-{'0' * 25}",
        f"{LANE}-{'0' * 27}",
        f"{LANE}-{'w' * 26}",
        f"{LANE.upper()}-{'A' * 26}",
        f"{LANE}_{'0' * 26}",
        f"{LANE}-{'0' * 26}\n",
        f" {LANE}-{'0' * 26}",
        f"{LANE}-{chr(0x660) * 26}",
        f"../{LANE[3:]}-{'0' * 26}",
    ],
)
def test_what_is_no_run_id_is_told(text: str) -> None:
    """It would become a key of the table."""
    assert not is_run_id(text)


@pytest.mark.parametrize(
    "text", ["", "lane", "lanes", LANE[1:], f"{LANE}0", LANE.upper(), "w" * 16]
)
def test_what_is_no_lane_id_is_told(text: str) -> None:
    assert not is_lane_id(text)


@pytest.mark.parametrize("count", [0, 9, 11])
def test_a_run_id_needs_ten_random_bytes(count: int) -> None:
    with pytest.raises(ValueError, match="10 bytes"):
        run_id(LANE, NOW, bytes(count))
