"""Long texts go into a table compressed, and come back as they were."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.kinds import INPUTS_LIMIT_BYTES
from shared.storage.chunks import CHUNK_BYTES, CHUNKS_AN_ENTITY, pack, packed_size, unpack
from shared.storage.table import Entity, Value

ENTITY_LIMIT_BYTES = 1024 * 1024
TRANSACTION_LIMIT_BYTES = 4 * 1024 * 1024


def entities_of(packed: list[dict[str, Value]]) -> list[Entity]:
    """Give the entities as storage gives them back: with other properties, in any order."""
    return [
        Entity(f"{n:03d}", {"Other": 1, **dict(sorted(properties.items(), reverse=True))})
        for n, properties in enumerate(packed)
    ]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=2_000))
def test_a_text_reads_back_as_it_was_written(text: str) -> None:
    assert unpack(entities_of(pack(text))) == text


@pytest.mark.parametrize("size", [CHUNK_BYTES - 100, CHUNK_BYTES, 16 * CHUNK_BYTES])
def test_a_text_that_does_not_compress_takes_as_many_entities_as_it_needs(size: int) -> None:
    text = random.Random(size).randbytes(size).decode("latin-1")
    packed = pack(text)
    assert unpack(entities_of(packed)) == text
    for properties in packed[:-1]:
        assert len(properties) == CHUNKS_AN_ENTITY


def test_the_longest_inputs_fit_into_one_transaction() -> None:
    """Also if they do not compress at all; bytes go to storage in base64, a third longer."""
    text = random.Random(1).randbytes(INPUTS_LIMIT_BYTES * 2 // 3).decode("latin-1")
    packed = pack(text)
    for properties in packed:
        sizes = [len(chunk) for chunk in properties.values() if isinstance(chunk, bytes)]
        assert max(sizes) <= CHUNK_BYTES
        assert sum(sizes) + 32 * len(sizes) < ENTITY_LIMIT_BYTES
    assert packed_size(packed) * 4 / 3 < TRANSACTION_LIMIT_BYTES - 100_000


def test_a_long_text_that_repeats_itself_takes_one_entity() -> None:
    assert len(pack("invoice " * 250_000)) == 1


def test_packed_size_counts_all_chunks() -> None:
    packed = pack(random.Random(2).randbytes(3 * CHUNK_BYTES).decode("latin-1"))
    chunks = [chunk for properties in packed for chunk in properties.values()]
    assert packed_size(packed) == sum(len(chunk) for chunk in chunks if isinstance(chunk, bytes))
    assert packed_size([]) == 0
