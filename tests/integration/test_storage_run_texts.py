"""Inputs and outputs of runs in a real table: long texts, kept with the run they belong to."""

import random

import pytest

from shared.domain.identifiers import run_id
from shared.domain.kinds import INPUTS_LIMIT_BYTES
from shared.domain.request import validate
from shared.domain.run.announcements import announced
from shared.domain.run.steps import adopt, observe
from shared.domain.strict_json import compact
from shared.storage.runs import RunTable, StoredRun
from shared.storage.table import StorageUnavailableError
from tests.support.runs import LANE, NOW, POLLING, RUN_ID, SESSION, session, start_request
from tests.support.tables import DeceptiveTable


@pytest.fixture
def runs(table: DeceptiveTable) -> RunTable:
    return RunTable(table)


def stored(runs: RunTable) -> StoredRun:
    found = runs.read(RUN_ID)
    assert found is not None
    return found


class TestInputs:
    def test_the_longest_inputs_that_hardly_compress_read_back(self, runs: RunTable) -> None:
        """2 MiB, in one transaction with the run and its place."""
        room = (INPUTS_LIMIT_BYTES - len('{"a":""}')) // 3
        value = "".join(map(chr, random.Random(1).choices(range(0x4E00, 0x9FFF), k=room)))
        body = {
            "workflowId": "5d3a1f0e-0000-0000-0000-000000000001",
            "connectionName": "shared_uiflow_1",
            "runMode": "unattended",
            "inputs": {"a": value},
        }
        start = validate(body)
        assert start.inputs is not None
        assert len(start.inputs.encode()) > INPUTS_LIMIT_BYTES - 10
        run = runs.insert(RUN_ID, start).run
        assert run.input_entities == 2
        assert runs.read_inputs(stored(runs).run) == start.inputs

    def test_bytes_that_do_not_compress_at_all_fit_too(self, runs: RunTable) -> None:
        """Latin letters take two bytes each where they are not ASCII; nothing repeats."""
        noise = random.Random(2).randbytes(INPUTS_LIMIT_BYTES * 2 // 3).decode("latin-1")
        inputs = compact({"a": noise.translate(dict.fromkeys(range(0x20)))})
        run = runs.insert(RUN_ID, start_request(inputs)).run
        assert runs.read_inputs(run) == inputs

    def test_no_inputs_read_as_none(self, runs: RunTable) -> None:
        assert runs.read_inputs(runs.insert(RUN_ID, start_request()).run) is None

    def test_empty_inputs_stay_empty_inputs(self, runs: RunTable) -> None:
        assert runs.read_inputs(runs.insert(RUN_ID, start_request("{}")).run) == "{}"

    def test_two_runs_of_one_lane_keep_their_inputs_apart(self, runs: RunTable) -> None:
        other = run_id(LANE, NOW, b"0123456789")
        first = runs.insert(RUN_ID, start_request('{"a":1}')).run
        second = runs.insert(other, start_request('{"a":2}')).run
        assert (runs.read_inputs(first), runs.read_inputs(second)) == ('{"a":1}', '{"a":2}')


def end(runs: RunTable) -> StoredRun:
    """Let the run start and end."""
    runs.insert(RUN_ID, start_request('{"a":1}'))
    runs.change(stored(runs), lambda run: adopt(run, SESSION, at=NOW, polling=POLLING))
    runs.change(stored(runs), lambda run: observe(run, session(), at=NOW, polling=POLLING))
    return stored(runs)


class TestTheEndOfInputs:
    def test_inputs_go_when_the_run_ends(self, table: DeceptiveTable) -> None:
        """In the transaction that ends it: nobody has to remember."""
        runs = RunTable(table)
        run = end(runs).run
        assert run.input_entities == 0
        assert runs.read_inputs(run) is None
        assert table.query(LANE, "data:", "data;") == []

    def test_inputs_may_be_kept_on_purpose(self, table: DeceptiveTable) -> None:
        runs = RunTable(table, keep_inputs=True)
        assert runs.read_inputs(end(runs).run) == '{"a":1}'

    def test_whoever_read_the_run_before_its_end_is_not_given_half_of_them(
        self, runs: RunTable
    ) -> None:
        """A submission with other inputs than the request's would be another run."""
        before = runs.insert(RUN_ID, start_request('{"a":1}')).run
        end(runs)
        with pytest.raises(StorageUnavailableError, match="gone"):
            runs.read_inputs(before)

    def test_an_end_is_told_to_whoever_watches_once(self, runs: RunTable) -> None:
        told: list[str] = []
        watched = runs.telling(lambda stored: told.append(stored.run.status))
        end(watched)
        seen = stored(watched)
        watched.change(seen, lambda run: observe(run, session(), at=NOW, polling=POLLING))
        assert told == ["Succeeded"]


class TestOutputs:
    @pytest.fixture
    def final(self, runs: RunTable) -> StoredRun:
        return end(runs)

    def test_outputs_are_kept(self, runs: RunTable, final: StoredRun) -> None:
        runs.keep_outputs(final, '{"b":2}')
        assert runs.read_outputs(stored(runs).run) == '{"b":2}'

    def test_that_there_are_none_is_kept_too(self, runs: RunTable, final: StoredRun) -> None:
        assert final.run.output_entities is None
        runs.keep_outputs(final, None)
        assert stored(runs).run.output_entities == 0
        assert runs.read_outputs(stored(runs).run) is None

    def test_outputs_are_kept_once(self, runs: RunTable, final: StoredRun) -> None:
        """Two callers read them at one time."""
        runs.keep_outputs(final, '{"b":2}')
        runs.keep_outputs(final, '{"b":3}')
        assert runs.read_outputs(stored(runs).run) == '{"b":2}'

    def test_outputs_are_kept_though_the_run_changes_meanwhile(
        self, runs: RunTable, final: StoredRun
    ) -> None:
        """Its end is announced at the moment at which a caller who waited for it reads them."""
        runs.change(final, lambda run: announced(run, at=NOW))
        runs.keep_outputs(final, '{"b":2}')
        run = stored(runs).run
        assert runs.read_outputs(run) == '{"b":2}'
        assert run.published_at == NOW

    def test_outputs_that_fit_into_no_transaction_are_not_kept(
        self, runs: RunTable, final: StoredRun
    ) -> None:
        """They stay in Dataverse, and are asked for there."""
        runs.keep_outputs(final, random.Random(3).randbytes(2_600_000).decode("latin-1"))
        assert stored(runs).run.output_entities is None
