"""Whatever fails, no secret and no input stands in a log or in an answer."""

from __future__ import annotations

import base64
import itertools
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import quote

import httpx
import pytest

from local.emulator.faults import Fault as DataverseFault
from local.fault_proxy.faults import Fault
from shared.domain.callback_url import CallbackSigner
from tests.support.broker import Broker, Json, valid_body
from tests.support.faulty.world import World, faulty_world
from tests.support.patience import until
from tests.support.wire import answers, closes, server

SIGNING_KEY = secrets.token_urlsafe(32)
NOTIFY_KEY = base64.b64encode(secrets.token_bytes(32)).decode()
INPUTS = {"Password": "hush-hush-8c1f", "Iban": 'DE02 "1203" ü', "Amount": 48151623.42}
RECEIVER_KEY = "receiver-key-3f7a"
SETTINGS = {
    "CALLBACK_SIGNING_KEY": SIGNING_KEY,
    "NOTIFY_SIGNING_SECRET": f"whsec_{NOTIFY_KEY}",
    "NOTIFY_PRIVATE_HOSTS": "127.0.0.1",
}
ECHO = f"The inputs {json.dumps(json.dumps(INPUTS))} are not valid: Bearer hush-hush-token"


@dataclass
class Witness:
    """The app, all that it answered, and the runs that it was asked for."""

    world: World
    answered: list[str] = field(default_factory=list)
    run_ids: list[str] = field(default_factory=list)
    lanes: int = 0

    @property
    def app(self) -> Broker:
        return self.world.broker

    def hear(self, answer: httpx.Response) -> None:
        answer.read()
        if answer.is_success and answer.url.path.endswith("/outputs"):
            return  # the emulator's robot gives its inputs back, to those who may read them
        self.answered.append(f"{answer.headers}\n{answer.text}")

    def start(self, notify_url: str | None = None) -> str | None:
        """Ask for a run on a connection of its own; None where that fails, too."""
        self.lanes += 1
        body = valid_body(inputs=INPUTS, connectionName=f"shared-load-{100 + self.lanes}")
        answer = self.app.post(body | {"notifyUrl": notify_url}, key=secrets.token_hex(8))
        if answer.status_code != 202:
            return None
        self.run_ids.append(answer.json()["runId"])
        return self.run_ids[-1]

    def read(self, *run_ids: str) -> None:
        """Read whatever callers can read; storage may fail while they do."""
        self.app.http.get("/runs")
        self.app.http.get("/lanes")
        for run_id in run_ids:
            self.app.http.get(f"/runs/{run_id}")
            self.app.http.get(f"/runs/{run_id}/outputs")
            self.app.http.post(f"/runs/{run_id}/cancel")

    def secrets(self) -> dict[str, str]:
        """Name all that nobody is to find."""
        environment = self.world.environment
        signer = CallbackSigner(environment, (SIGNING_KEY.encode(),))
        url = self.app.hosts[0].url
        found = {f"signature of {each}": signer.url(url, each)[-32:] for each in self.run_ids}
        storage = dict(
            part.partition("=")[::2] for part in self.app.azurite.connection_string.split(";")
        )
        return found | {
            "storage key": storage["AccountKey"],
            "function key": self.app.hosts[0].function_key,
            "signing key": SIGNING_KEY,
            "key of notifications": NOTIFY_KEY,
            "query of a receiver": RECEIVER_KEY,
            "token": "hush-hush-token",
            "input": "hush-hush-8c1f",
            "another input": "DE02",
            "amount": "48151623",
        }


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    with faulty_world(tmp_path_factory.mktemp("world"), **SETTINGS) as world:
        made = Witness(world)
        world.broker.http.event_hooks = {"response": [made.hear]}
        yield made


TRIES = 4
"""More often than any of the app's clients repeats a call by itself."""

CALLS = {
    "a token": Fault(label="", target=r"/msi/token"),
    "RunDesktopFlow": Fault(label="", target=r"RunDesktopFlow"),
    "sessions by callback URL": Fault(label="", target=r"callbackurl eq"),
    "a transaction": Fault(label="", method="POST", target=r"/\$batch$", times=TRIES),
    "a read of the table": Fault(label="", method="GET", target=r"DesktopFlowRuns", times=TRIES),
    "a message": Fault(label="", method="POST", target=r"/messages", times=TRIES),
}
WAYS: dict[str, Json] = {
    "is cut": {"forward": False, "cut": True},
    "is refused by a gateway": {"forward": False, "status": 403},
    "fails": {"forward": False, "status": 500},
}


@pytest.mark.parametrize("call", CALLS)
def test_a_call_that_fails_tells_nothing(witness: Witness, call: str) -> None:
    """In every way; runs are under way while it does, and are read. The promise: see below."""
    network, where = witness.world.network, CALLS[call]
    if call.startswith("sessions"):  # they are asked for where an answer was lost
        network.add(Fault("lost", target=r"RunDesktopFlow", cut=True, times=len(WAYS)))
    if call == "a token":
        witness.app.dataverse.add_fault(DataverseFault(expire_tokens=True))
    faults = [replace(where, label=f"{call} {way}", **fate) for way, fate in WAYS.items()]
    network.add(*faults)
    started = [witness.start() for _ in WAYS]

    def hit() -> bool:
        hits = network.hits()
        over = all(hits[fault.label] == fault.times for fault in faults)
        if not over:
            started.append(witness.start())
        return over

    until(hit, lambda: f"too few hits: {network.hits()}", every=1)
    witness.read(*filter(None, started[: len(WAYS)]))
    network.clear()


def test_a_refusal_that_repeats_what_was_sent_tells_nothing(witness: Witness) -> None:
    """Of any status, with a code or without one."""
    refusals = list(itertools.product([400, 403, 429, 500], ["0x80040203", ""]))
    for status, code in refusals:
        body = {"error": {"code": code, "message": ECHO}}
        fault = DataverseFault(action="RunDesktopFlow", status=status, body=body)
        witness.app.dataverse.add_fault(fault)
    started = [run_id for _ in refusals if (run_id := witness.start())]
    assert len(started) == len(refusals)
    for run_id in started:
        run = witness.app.until_it(run_id, lambda run: run["attempts"])
        witness.app.until_it(run["runId"], lambda run: run["status"] != "Submitting")
    witness.read(*started)


def test_a_query_that_repeats_a_callback_address_tells_nothing(witness: Witness) -> None:
    """It is the whole filter that an error of a query repeats."""
    witness.world.network.add(Fault("answer lost", target=r"RunDesktopFlow", cut=True))
    run_id = witness.start()
    assert run_id is not None
    signer = CallbackSigner(witness.world.environment, (SIGNING_KEY.encode(),))
    url = signer.url(witness.app.hosts[0].url, run_id)
    for repeated in (url, quote(url, safe="")):
        message = f"Invalid filter: callbackurl eq '{repeated}' at position 14"
        body = {"error": {"code": "0x80060888", "message": message}}
        fault = DataverseFault(path=r"flowsessions", method="GET", status=400, body=body, times=2)
        witness.app.dataverse.add_fault(fault)
    witness.app.until_it(run_id, lambda run: (run["error"] or {}).get("code"))
    witness.read(run_id)


@pytest.mark.parametrize("fate", [closes, answers(500, f"no {RECEIVER_KEY}"), answers(302)])
def test_a_receiver_that_fails_tells_nothing(witness: Witness, fate: object) -> None:
    with server(fate) as receiver:  # type: ignore[arg-type]  # pytest loses its type
        url = f"{receiver.url}/hook?code={RECEIVER_KEY}".replace("http:", "https:")
        run_id = witness.start(url)
        if run_id is not None:
            witness.app.until(run_id)
    witness.start(f"https://127.0.0.1:9/hook?code={RECEIVER_KEY}")
    witness.read(*witness.run_ids[-2:])


def test_none_of_it_is_in_the_log_or_in_an_answer(witness: Witness) -> None:
    """Promise 6, after all of the above."""
    witness.read(*witness.run_ids)
    ready, _, log = witness.app.hosts[0].log().partition("\n")
    assert '"ready": true' in ready, "what the stand-in host tells whoever started it"
    assert log.count("run.queued") == len(witness.run_ids) > 20
    hidden = witness.secrets()
    sent = {(each.callback_url or "")[-32:] for each in witness.app.dataverse.state().submissions}
    assert sent <= set(hidden.values()), "the signatures are those that were made"
    for name, secret in hidden.items():
        for where in (log, *witness.answered):
            at = where.find(secret)
            assert at < 0, f"{name}: …{where[max(0, at - 200) : at + 100]}…"
