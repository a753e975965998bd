"""Idempotency keys in a real table: each names one run for ever."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.storage.keys import KeyedRun, KeyTable
from shared.storage.table import ConflictError, StorageUnavailableError
from tests.support.runs import RUN_ID
from tests.support.tables import DeceptiveTable

KEYED = KeyedRun(RUN_ID, "fingerprint")
OTHER = KeyedRun("another run", "another fingerprint")


def test_a_free_key_is_taken(table: DeceptiveTable) -> None:
    assert KeyTable(table).take("order 4711", KEYED) == KEYED


def test_a_key_that_is_taken_gives_what_stands_there(table: DeceptiveTable) -> None:
    """Whatever the second request asks for; whoever asks compares the fingerprints."""
    keys = KeyTable(table)
    keys.take("order 4711", KEYED)
    assert keys.take("order 4711", OTHER) == KEYED
    assert keys.take("order 4712", OTHER) == OTHER


@pytest.mark.parametrize("key", ["", "a/b\\c#d?e", "it's", "Grüße \U0001f916", "x" * 10_000, "\n"])
def test_any_text_can_be_a_key(table: DeceptiveTable, key: str) -> None:
    """It is a caller's own, and a row key may not hold everything."""
    keys = KeyTable(table)
    keys.take(key, KEYED)
    assert keys.take(key, OTHER) == KEYED


def test_keys_differ_by_case(table: DeceptiveTable) -> None:
    keys = KeyTable(table)
    keys.take("order", KEYED)
    assert keys.take("ORDER", OTHER) == OTHER


def test_taking_a_key_that_succeeded_is_known_as_ours(table: DeceptiveTable) -> None:
    """The SDK repeats requests by itself: "exists" can be our own success."""
    table.errors = [ConflictError("409")]
    assert KeyTable(table).take("order 4711", KEYED) == KEYED


def test_a_key_that_is_neither_taken_nor_found_is_unavailable(table: DeceptiveTable) -> None:
    table.lost = [ConflictError("409")]
    with pytest.raises(StorageUnavailableError, match="neither taken nor found"):
        KeyTable(table).take("order 4711", KEYED)


def test_of_many_that_take_a_key_at_once_all_get_the_same_run(table: DeceptiveTable) -> None:
    """Promise 2: a repeated request never makes a robot work twice."""
    keys = KeyTable(table)
    asked = [KeyedRun(f"run {n}", "fingerprint") for n in range(8)]
    with ThreadPoolExecutor(len(asked)) as threads:
        given = set(threads.map(lambda keyed: keys.take("order 4711", keyed), asked))
    assert len(given) == 1
    assert given < set(asked)
