"""Two brokers share a storage account: each has its own table, and its own queues by a prefix."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from local.parts import Azurite, Emulator, FunctionHost
from local.parts.settings import settings_for
from tests.support.broker import QUICK, Broker, free_ports

PREFIXES = ("", "second-")


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Broker]]:
    folder = tmp_path_factory.mktemp("two")
    with ExitStack() as parts:
        azurite = parts.enter_context(Azurite(folder))
        yield [_broker(parts, folder / f"broker{n}", azurite, n) for n in range(len(PREFIXES))]


def _broker(parts: ExitStack, folder: Path, azurite: Azurite, number: int) -> Broker:
    folder.mkdir()
    dataverse = parts.enter_context(Emulator(folder, run_seconds=0.2, machines=50, seed=1))
    given = settings_for(azurite, dataverse, **QUICK)
    (port,) = free_ports(1)
    given |= {
        "CALLBACK_BASE_URL": f"http://127.0.0.1:{port}",
        "RUN_TABLE": f"Runs{number}",
        "QUEUE_PREFIX": PREFIXES[number],
    }
    key = secrets.token_urlsafe(24)
    host = FunctionHost(given, folder=folder, port=port, function_key=key)
    broker = Broker(azurite, dataverse, [parts.enter_context(host)])
    parts.callback(broker.close)
    return broker


def test_each_works_its_own_runs_and_nothing_else(brokers: list[Broker]) -> None:
    started = [[broker.start() for _ in range(20)] for broker in brokers]
    for broker, run_ids in zip(brokers, started, strict=True):
        for run_id in run_ids:
            run = broker.until(run_id)
            assert (run["status"], run["attempts"]) == ("Succeeded", 1)
        assert len(broker.dataverse.state().submissions) == len(run_ids)
        assert {run["runId"] for run in broker.all_runs()} == set(run_ids)
