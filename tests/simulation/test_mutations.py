"""The simulation finds what it is there for: the app is broken on purpose, and a seed says so."""

import pytest

from tests.simulation import likely
from tests.simulation.likely import likely_first
from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.world import simulate

SEEDS = 500


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_broken_app_is_found_out(name: str) -> None:
    mutation: Mutation = MUTATIONS[name]
    seeds = likely_first(likely.MUTATIONS.get(name, 0), seeds=range(SEEDS))
    with mutation():
        assert any(simulate(seed).broken for seed in seeds)


def test_where_to_look_first_names_mutations_that_there_are() -> None:
    assert set(likely.MUTATIONS) <= set(MUTATIONS)
