"""The whole app with all it needs, as a caller sees it: for acceptance tests and benchmarks."""

from __future__ import annotations

import hashlib
import itertools
import secrets
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.catalogue import FINANCE_CONNECTION, POST_INVOICE
from local.emulator.records import Submission
from local.parts import Azurite, Emulator, FunctionHost, StorageRelay, settings_for
from shared.composition import compose
from shared.settings import read
from shared.triggers.provider import Services
from tests.support.described import hold_against_description
from tests.support.patience import PATIENCE_SECONDS, until

FINAL = frozenset({"Succeeded", "Failed", "Cancelled", "TimedOut"})
WAITING = frozenset({"Queued", "Submitting", "Unconfirmed", "Running"})
QUICK = {
    "SWEEP_SCHEDULE": "*/1 * * * * *",
    "FIRST_POLL_SECONDS": "2",
    "LAST_POLL_SECONDS": "4",
    "SUBMISSION_DEADLINE_SECONDS": "5",
    "CONFIRM_ABSENT_SECONDS": "3",
}

BUSY_EVERY = 50
"""So many transactions after one another, one is refused as busy, as may happen in Azure."""

DROPPED = "dropped a log record"

Json = dict[str, Any]

_keys = itertools.count(1)


class Broker:
    """One app on parts of its own; `hosts[0]` is the one that callers talk to."""

    def __init__(self, azurite: Azurite, emulator: Emulator, hosts: list[FunctionHost]) -> None:
        self.azurite = azurite
        self.emulator = emulator
        self.hosts = hosts
        self.forgotten: set[str] = set()
        self.dataverse = EmulatorAdmin(emulator.url)
        headers = {"x-functions-key": hosts[0].function_key}
        self.http = httpx.Client(
            base_url=f"{hosts[0].url}/api",
            headers=headers,
            timeout=PATIENCE_SECONDS,
            event_hooks={"response": [hold_against_description]},
        )

    def close(self) -> None:
        self.http.close()
        self.dataverse.close()

    def post(self, body: Any, *, key: str | None = None) -> httpx.Response:
        """Ask for a run as it stands."""
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.http.post("/runs", json=body, headers=headers)

    def start(self, **fields: Any) -> str:
        """Start a run with a key of its own and give its id; `fields` go over a valid body."""
        answer = self.post(valid_body(**fields), key=f"test-{next(_keys)}")
        assert answer.status_code == 202, answer.text
        run_id: str = answer.json()["runId"]
        return run_id

    def run(self, run_id: str) -> Json:
        answer = self.http.get(f"/runs/{run_id}")
        assert answer.status_code == 200, answer.text
        run: Json = answer.json()
        return run

    def until(self, run_id: str, *statuses: str) -> Json:
        """Wait until the run is in one of the states, a final one if none is named."""
        wanted = frozenset(statuses) or FINAL
        return self.until_it(run_id, lambda run: run["status"] in wanted)

    def until_it(self, run_id: str, condition: Callable[[Json], object]) -> Json:
        """Wait until the condition holds of the run, and give it as it was then."""

        def held() -> Json | None:
            run = self.run(run_id)
            return run if condition(run) else None

        return until(
            held, lambda: f"still {self.run(run_id)}\n{self.hosts[0].log()[-3000:]}", every=0.05
        )

    def all_runs(self) -> Iterator[Json]:
        """Give every run, page by page."""
        token: str | None = None
        while True:
            params = {"top": "500"} | ({"continuationToken": token} if token else {})
            page = self.http.get("/runs", params=params).json()
            yield from page["value"]
            token = page["continuationToken"]
            if token is None:
                return

    def until_all_final(self, count: int) -> list[Json]:
        """Wait until there are so many runs and all of them are final.

        All are read once none waits: to read hundreds of them at each look would be most of the
        work that is done meanwhile.
        """

        def final() -> list[Json] | None:
            waiting = {"status": ",".join(sorted(WAITING)), "top": "1"}
            if self.http.get("/runs", params=waiting).json()["value"]:
                return None
            runs = list(self.all_runs())
            ended = all(run["status"] in FINAL for run in runs)
            return runs if len(runs) >= count and ended else None

        return until(final, self._unfinished, seconds=2 * PATIENCE_SECONDS, every=0.5)

    def _unfinished(self) -> str:
        runs = list(self.all_runs())
        waiting = [run for run in runs if run["status"] not in FINAL]
        return f"of {len(runs)} not final: {waiting[:3]}"

    def until_submitted(self, run_id: str) -> list[Submission]:
        """Wait until a run's RunDesktopFlow has arrived at Dataverse."""
        return until(lambda: self.submissions(run_id), "never submitted")

    def submissions(self, run_id: str) -> list[Submission]:
        """Give what Dataverse saw of a run: every RunDesktopFlow with its callback address."""
        seen = self.dataverse.state().submissions
        return [each for each in seen if run_id in (each.callback_url or "")]

    def session_requests(self) -> int:
        """Count what was asked about single sessions; polling asks for many at once.

        Not about those of earlier tests: they went with the emulator's reset, and each is looked
        for by itself at its turn, to tell that it is gone.
        """
        seen = self.dataverse.requests("/api/data/v9.2/flowsessions(")
        return sum(not any(each in request.path for each in self.forgotten) for request in seen)

    def forget(self) -> None:
        """Leave Dataverse to the next test as if new."""
        sessions = (run["flowSessionId"] for run in self.all_runs())
        self.forgotten |= {each for each in sessions if each is not None}
        self.dataverse.reset()


def valid_body(**fields: Any) -> Json:
    """A start that is valid; `fields` are set over it."""
    return {
        "workflowId": POST_INVOICE.id,
        "connectionName": FINANCE_CONNECTION,
        "runMode": "unattended",
    } | fields


def most_in_any_window(arrivals: Iterable[int], window_ms: int) -> int:
    """Count the most arrivals (ms) in any sliding window; its end belongs to the next."""
    ordered = sorted(arrivals)
    most = first = 0
    for last, arrival in enumerate(ordered):
        while arrival - ordered[first] >= window_ms:
            first += 1
        most = max(most, last - first + 1)
    return most


def free_ports(count: int) -> list[int]:
    """Find ports that nobody listens on: a host that is started again keeps its address."""
    with ExitStack() as taken:
        listening = [
            taken.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [each.getsockname()[1] for each in listening]


@contextmanager
def broker(
    folder: Path,
    *,
    hosts: int = 1,
    settings: dict[str, str] | None = None,
    before: Callable[[Services], object] | None = None,
    read_only_key: str | None = None,
    behaviour: dict[str, Any] | None = None,
    **emulator: Any,
) -> Iterator[Broker]:
    """Start Azurite behind its strict relay, an emulator, and hosts that share one backlog.

    `before`: called with the app's services before any host starts. `read_only_key`: a key beside
    the hosts' own that may only read. `behaviour`: how Dataverse is from the beginning.
    """
    options = {"run_seconds": 0.2, "machines": 50, "seed": 1} | emulator
    with ExitStack() as parts:
        azurite = parts.enter_context(Azurite(folder))
        dataverse = parts.enter_context(Emulator(folder, **options))
        with closing(EmulatorAdmin(dataverse.url)) as admin:
            admin.change_behaviour(**behaviour or {})
        relay = parts.enter_context(StorageRelay(azurite, folder, busy_every=BUSY_EVERY))
        strict = {"RUN_STORAGE": relay.connection_string}
        given = settings_for(azurite, dataverse, **strict | QUICK | (settings or {}))
        ports = free_ports(hosts)
        given["CALLBACK_BASE_URL"] = (settings or {}).get(
            "CALLBACK_BASE_URL", f"http://127.0.0.1:{ports[0]}"
        )
        further: tuple[str, ...] = ()
        if read_only_key is not None:
            given["READ_ONLY_KEYS"] = hashlib.sha256(read_only_key.encode()).hexdigest()
            further = (f"--further-key={read_only_key}",)
        if before is not None:
            before(compose(read(given)))
        key = secrets.token_urlsafe(24)
        serving = [
            parts.enter_context(
                FunctionHost(given, folder=folder, port=port, function_key=key, options=further)
            )
            for port in ports
        ]
        made = Broker(azurite, dataverse, serving)
        parts.callback(made.close)
        yield made
        for host in serving:
            assert DROPPED not in host.log(), "every record has its invocation's id"
