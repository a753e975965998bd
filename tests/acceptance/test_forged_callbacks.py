"""Promise 6: 20,000 forged callbacks cost nothing but their answers, and hide no genuine one."""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from local.emulator.records import Delivery
from local.fault_proxy.client import FaultProxyAdmin
from local.parts import Azurite, Emulator, FaultProxy, FunctionHost, settings_for
from shared.domain.callback_url import CallbackSigner
from shared.domain.identifiers import run_id as new_run_id
from tests.support.broker import QUICK, Broker, Json
from tests.support.flood import flood
from tests.support.patience import until

FORGED, TO_WARM_UP = 10_000, 2_000
GENUINE, CALM = 40, 10
EARLIER = 5
"""Genuine ones before anything is counted: the first of a process teach it what it then knows."""

GROWTH_BYTES = 2 * 1024 * 1024
"""What the host may grow by: 0.4 MB are usual; 300 bytes kept of each forged one would be 3 MB."""

NEVER = {
    "SWEEP_SCHEDULE": "0 0 0 1 1 *",
    "FIRST_POLL_SECONDS": "3600",
    "LAST_POLL_SECONDS": "3600",
}
"""Nothing but its callback finds how a run has ended."""


@dataclass(frozen=True)
class Requests:
    """What the app asked of others in some time: of storage, and of Dataverse, by its path."""

    storage: int
    dataverse: tuple[str, ...]


@dataclass(frozen=True)
class Seen:
    """What was seen: in a calm, under forged callbacks alone, and with genuine ones among them."""

    answers: Counter[int]
    calm: Requests
    forged_alone: Requests
    both: Requests
    deliveries: tuple[Delivery, ...]
    runs: list[Json]
    found_by: Counter[str]
    grown_bytes: int


NOT_ONCE_A_CALLBACK = ("subscriptions:", "RowKey='hold'")
"""What is read every two seconds in which callbacks come: who listens for ends, and what holds."""


class Outside:
    """The app's requests and its memory, as they look from outside."""

    def __init__(self, app: Broker, storage: FaultProxyAdmin) -> None:
        self._app = app
        self._storage = storage
        self._told = 0

    def requests(self) -> Requests:
        """Give what was asked since the last time, as soon as no more comes."""
        count, before = self._of_storage(), -1
        while count != before:
            time.sleep(0.3)
            count, before = self._of_storage(), count
        self._storage.forget_requests()
        paths = tuple(each.path for each in self._app.dataverse.requests("/api/"))
        told, self._told = self._told, len(paths)
        return Requests(count, paths[told:])

    def memory_bytes(self) -> int:
        status = Path(f"/proc/{self._app.hosts[0].pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024

    def _of_storage(self) -> int:
        """Count what tables are asked and queues are sent.

        The host itself looks into queues, and some things are read every two seconds.
        """
        asked = (
            each
            for each in self._storage.requests()
            if not (each.method == "GET" and "/messages" in each.target)
        )
        targets = (unquote(each.target) for each in asked)
        return sum(not any(part in target for part in NOT_ONCE_A_CALLBACK) for target in targets)


@contextmanager
def watched_broker(folder: Path) -> Iterator[tuple[Broker, Outside]]:
    """One app that asks storage by way of a proxy, which counts."""
    with ExitStack() as parts:
        azurite = parts.enter_context(Azurite(folder))
        emulator = parts.enter_context(Emulator(folder, machines=100, seed=1))
        direct = [url.rpartition("/")[0] for url in (azurite.table_url, azurite.queue_url)]
        proxy = parts.enter_context(FaultProxy(*direct, folder=folder))
        connection = azurite.connection_string
        for address, through in zip(direct, proxy.urls, strict=True):
            connection = connection.replace(address, through)
        settings = settings_for(azurite, emulator, **QUICK | NEVER, RUN_STORAGE=connection)
        host = parts.enter_context(FunctionHost(settings, folder=folder))
        app = Broker(azurite, emulator, [host])
        parts.callback(app.close)
        yield app, Outside(app, parts.enter_context(FaultProxyAdmin(proxy.url)))


def forgeries(urls: list[str], environment: str) -> Iterator[str]:
    """Make up callback addresses of every kind from those of real runs, without end."""
    chance = random.Random(6)
    strange = CallbackSigner(environment, (b"a key of somebody else, 32 bytes",))
    unsigned = CallbackSigner(environment, (b"",))
    while True:
        url, other = chance.sample(urls, 2)
        head, run_id, signature = urlsplit(url).path.rsplit("/", 2)
        unknown = new_run_id(run_id[:16], chance.getrandbits(40), chance.randbytes(10))
        yield f"{head}/{run_id}/{chance.randbytes(16).hex()}"
        yield f"{head}/{run_id}/{other.rpartition('/')[2]}"
        yield f"{head}/{run_id}/{strange.sign(run_id)}"
        yield f"{head}/{run_id}/{unsigned.sign(run_id)}"
        yield f"{head}/{run_id}/{signature[:-1]}"
        yield f"{head}/{run_id}/{signature}0"
        yield f"{head}/{unknown}/{chance.randbytes(16).hex()}"
        yield f"{head}/{unknown}/{signature}"
        yield f"{head}/{chance.randbytes(20).hex()}/{signature}"


class Robots:
    """Runs that are under way; each ends when it is told to."""

    def __init__(self, app: Broker, count: int) -> None:
        self._app = app
        app.dataverse.hold("machines")
        run_ids = [app.start() for _ in range(count)]
        self._sessions = [app.until(run_id, "Running")["flowSessionId"] for run_id in run_ids]
        submitted = app.dataverse.state().submissions
        self.urls = [url for each in submitted if (url := each.callback_url)]
        self._ended = 0

    def end(self, count: int) -> None:
        """End the next ones, one after another, each with its callback."""
        for _ in range(count):
            self._app.dataverse.finish_session(self._sessions.pop())
            self._ended += 1

    def until_called_back(self) -> tuple[Delivery, ...]:
        """Wait until Dataverse was answered about each that has ended."""

        def all_of_them() -> tuple[Delivery, ...] | None:
            seen = self._app.dataverse.state().deliveries
            return seen if len(seen) >= self._ended else None

        return until(all_of_them, "a callback does not come")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    with watched_broker(tmp_path_factory.mktemp("forged")) as (app, outside):
        robots = Robots(app, EARLIER + CALM + GENUINE)
        session_id = "d9687093-d0c0-ec11-983e-0022480b428a"
        body = json.dumps({"statuscode": 4, "statecode": 0, "flowsessionid": session_id}).encode()
        forged = forgeries(robots.urls, urlsplit(app.emulator.url).netloc)
        host = app.hosts[0].url
        answers = flood(host, list(islice(forged, TO_WARM_UP)), body)
        robots.end(EARLIER)
        robots.until_called_back()
        outside.requests()

        robots.end(CALM)
        robots.until_called_back()
        calm = outside.requests()
        before = outside.memory_bytes()

        half = FORGED // 2
        answers += flood(host, list(islice(forged, half)), body)
        forged_alone = outside.requests()

        every = half // GENUINE
        answers += flood(
            host,
            list(islice(forged, half)),
            body,
            before_each=lambda number: robots.end(number % every == 0),
        )
        deliveries = robots.until_called_back()
        both = outside.requests()
        grown = outside.memory_bytes() - before
        runs = list(app.all_runs())
        found_by = Counter(re.findall(r"run\.observed .*by='(\w+)'", app.hosts[0].log()))
        yield Seen(answers, calm, forged_alone, both, deliveries, runs, found_by, grown)


def test_every_forged_callback_is_404(seen: Seen) -> None:
    assert seen.answers == {404: TO_WARM_UP + FORGED}


def test_forged_callbacks_alone_cost_no_request(seen: Seen) -> None:
    assert seen.forged_alone == Requests(storage=0, dataverse=())


def test_genuine_callbacks_among_forged_ones_cost_what_they_cost_in_a_calm(seen: Seen) -> None:
    """Fewer requests to Dataverse, if anything: those of a moment share theirs."""
    assert 0 < len(seen.calm.dataverse) <= CALM
    assert 0 < len(seen.both.dataverse) <= GENUINE
    assert all("/flowsessions" in path for path in seen.both.dataverse)
    assert seen.calm.storage > 0
    assert seen.both.storage * CALM <= seen.calm.storage * GENUINE


def test_every_genuine_callback_among_them_is_recorded_at_its_first_try(seen: Seen) -> None:
    ended = EARLIER + CALM + GENUINE
    assert [each.status for each in seen.deliveries] == [200] * ended
    assert Counter(run["status"] for run in seen.runs) == {"Succeeded": ended}
    assert seen.found_by == {"callback": ended}


def test_nothing_is_kept_of_forged_callbacks(seen: Seen) -> None:
    assert seen.grown_bytes < GROWTH_BYTES
