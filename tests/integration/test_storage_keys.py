"""Idempotency keys in a real table: each names one run for as long as there is one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.storage.keys import PARTITIONS, KeyedRun, KeyTable, digest_of
from shared.storage.table import ConflictError, StorageUnavailableError
from tests.support.runs import RUN_ID
from tests.support.tables import DeceptiveTable

KEYED = KeyedRun(RUN_ID, "fingerprint")
OTHER = KeyedRun("another run", "another fingerprint")


def test_a_free_key_is_taken(table: DeceptiveTable) -> None:
    assert KeyTable(table).take(digest_of("order 4711"), KEYED) == KEYED


def test_a_key_that_is_taken_gives_what_stands_there(table: DeceptiveTable) -> None:
    """Whatever the second request asks for; whoever asks compares the fingerprints."""
    keys = KeyTable(table)
    keys.take(digest_of("order 4711"), KEYED)
    assert keys.take(digest_of("order 4711"), OTHER) == KEYED
    assert keys.take(digest_of("order 4712"), OTHER) == OTHER


@pytest.mark.parametrize("key", ["", "a/b\\c#d?e", "it's", "Grüße \U0001f916", "x" * 10_000, "\n"])
def test_any_text_can_be_a_key(table: DeceptiveTable, key: str) -> None:
    """It is a caller's own, and a row key may not hold everything."""
    keys = KeyTable(table)
    keys.take(digest_of(key), KEYED)
    assert keys.take(digest_of(key), OTHER) == KEYED


def test_keys_differ_by_case(table: DeceptiveTable) -> None:
    keys = KeyTable(table)
    keys.take(digest_of("order"), KEYED)
    assert keys.take(digest_of("ORDER"), OTHER) == OTHER


def test_taking_a_key_that_succeeded_is_known_as_ours(table: DeceptiveTable) -> None:
    """The SDK repeats requests by itself: "exists" can be our own success."""
    table.errors = [ConflictError("409")]
    assert KeyTable(table).take(digest_of("order 4711"), KEYED) == KEYED


def test_a_key_that_is_neither_taken_nor_found_is_unavailable(table: DeceptiveTable) -> None:
    table.lost = [ConflictError("409")]
    with pytest.raises(StorageUnavailableError, match="neither taken nor found"):
        KeyTable(table).take(digest_of("order 4711"), KEYED)


def test_of_many_that_take_a_key_at_once_all_get_the_same_run(table: DeceptiveTable) -> None:
    """Promise 2: a repeated request never makes a robot work twice."""
    keys = KeyTable(table)
    asked = [KeyedRun(f"run {n}", "fingerprint") for n in range(8)]
    with ThreadPoolExecutor(len(asked)) as threads:
        given = set(threads.map(lambda keyed: keys.take(digest_of("order 4711"), keyed), asked))
    assert len(given) == 1
    assert given < set(asked)


DIGEST = digest_of("order 4711")


def test_the_key_of_a_run_that_is_gone_can_be_taken_again(table: DeceptiveTable) -> None:
    keys = KeyTable(table)
    keys.take(DIGEST, KEYED)
    assert keys.retake(DIGEST, KEYED, OTHER) == OTHER
    assert keys.take(DIGEST, KEYED) == OTHER


def test_a_key_that_is_free_by_now_is_taken_anew(table: DeceptiveTable) -> None:
    assert KeyTable(table).retake(DIGEST, KEYED, OTHER) == OTHER


def test_of_many_that_take_a_key_again_one_has_it(table: DeceptiveTable) -> None:
    """All of them asked for the same once more, and it is one run."""
    keys = KeyTable(table)
    keys.take(DIGEST, KEYED)
    asked = [KeyedRun(f"run {n}", "fingerprint") for n in range(8)]
    with ThreadPoolExecutor(len(asked)) as threads:
        given = set(threads.map(lambda keyed: keys.retake(DIGEST, KEYED, keyed), asked))
    assert len(given) == 1


def test_a_key_goes_with_its_run_and_not_with_another(table: DeceptiveTable) -> None:
    keys = KeyTable(table)
    keys.take(DIGEST, OTHER)
    keys.release(DIGEST, KEYED.run_id)
    assert keys.take(DIGEST, KEYED) == OTHER
    keys.release(DIGEST, OTHER.run_id)
    assert keys.take(DIGEST, KEYED) == KEYED


def test_a_key_that_is_taken_while_it_is_released_stays(table: DeceptiveTable) -> None:
    """Retention looked at it, and somebody took it again before it was removed."""
    keys = KeyTable(table)
    keys.take(DIGEST, KEYED)
    table.before = [lambda: keys.retake(DIGEST, KEYED, OTHER)]
    keys.release(DIGEST, KEYED.run_id)
    assert keys.take(DIGEST, KEYED) == OTHER


def test_every_key_is_in_one_of_the_partitions(table: DeceptiveTable) -> None:
    keys = KeyTable(table)
    keys.take(DIGEST, KEYED)
    number = int(DIGEST[:3], 16)
    assert number < PARTITIONS
    assert keys.of_partition(number) == [(DIGEST, KEYED)]
