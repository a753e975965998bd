"""The simulation finds what it is there for: the app is broken on purpose, and a seed says so."""

import pytest

from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.world import simulate

SEEDS = 500


@pytest.mark.parametrize("mutation", MUTATIONS.values(), ids=MUTATIONS)
def test_a_broken_app_is_found_out(mutation: Mutation) -> None:
    with mutation():
        assert any(simulate(seed).broken for seed in range(SEEDS))
