"""The trace of a run over processes, and the metrics, as a receiver of OTLP gets them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.faults import Fault
from local.parts import Azurite, Emulator, FunctionHost, settings_for
from shared.domain.callback_url import CallbackSigner
from shared.domain.trace import trace_of
from shared.otlp_metrics import COUNTERS, GAUGES, HISTOGRAMS
from tests.support.broker import DROPPED, FINAL, QUICK, broker, free_ports, valid_body
from tests.support.collector import Collector, SpanSeen, collector
from tests.support.patience import until
from tests.support.roles import role
from tests.support.wire import Server, answers, server

CALLER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
SIGNING_KEY, NOTIFY_KEY = secrets.token_urlsafe(32), base64.b64encode(secrets.token_bytes(32))
INPUTS = {"Password": "hush-hush-8c1f", "Iban": "DE02120300000000202051"}
RECEIVER_KEY, OTLP_KEY = "receiver-key-3f7a", "collector-key-9b1d"
SETTINGS = QUICK | {
    "CALLBACK_SIGNING_KEY": SIGNING_KEY,
    "NOTIFY_SIGNING_SECRET": f"whsec_{NOTIFY_KEY.decode()}",
    "NOTIFY_PRIVATE_HOSTS": "127.0.0.1",
    "OTEL_EXPORTER_OTLP_HEADERS": f"x-api-key={OTLP_KEY}",
    "OTEL_BSP_SCHEDULE_DELAY": "200",
    "OTEL_METRIC_EXPORT_INTERVAL": "500",
}
ROLES = {
    "starter": ("start_run", "get_run", "resolve_run"),
    "dispatcher": ("dispatch_lane",),
    "hearer": ("callback", "notify_receiver", "sweep"),
}
UNREACHABLE, WARNING = "http://127.0.0.1:9", "telemetry.not_sent signals="
SPANS = {"run.start", "run.submit", "run.callback", "run.end", "run.announce", "run.deliver"}


@dataclass
class Parted:
    """One app in three processes, each with functions of its own."""

    hosts: dict[str, FunctionHost]
    seen: Collector
    receiver: Server
    dataverse: EmulatorAdmin
    storage: str

    def start(self, **fields: Any) -> str:
        url = f"http://127.0.0.1:{self.receiver.port}/hook?code={RECEIVER_KEY}"
        answer = httpx.post(
            f"{self.hosts['starter'].url}/api/runs",
            json=valid_body(inputs=INPUTS, notifyUrl=url, **fields),
            headers=self.headers | {"traceparent": CALLER},
            timeout=60,
        )
        assert answer.status_code == 202, answer.text
        run_id: str = answer.json()["runId"]
        return run_id

    @property
    def headers(self) -> dict[str, str]:
        return {"x-functions-key": self.hosts["starter"].function_key}

    def until(self, run_id: str, *statuses: str) -> None:
        url = f"{self.hosts['starter'].url}/api/runs/{run_id}"

        def reached() -> bool:
            answer = httpx.get(url, headers=self.headers, timeout=60)
            return answer.json()["status"] in (statuses or FINAL)

        until(reached, self.logs, every=0.2)

    def logs(self) -> str:
        return "\n".join(f"{name}\n{host.log()[-3000:]}" for name, host in self.hosts.items())

    def until_whole(self, run_id: str) -> list[SpanSeen]:
        """Wait until each span of a run that was told has come."""

        def come() -> list[SpanSeen] | None:
            spans = [each for each in self.seen.spans if _is_of(each, run_id)]
            return spans if {each.name for each in spans} >= SPANS else None

        return until(come, self.logs, every=0.2)


def _is_of(span: SpanSeen, run_id: str) -> bool:
    return span.attributes.get("broker.run_id") == run_id


@contextmanager
def parted(folder: Path) -> Iterator[Parted]:
    with ExitStack() as parts:
        azurite = parts.enter_context(Azurite(folder))
        emulator = parts.enter_context(Emulator(folder, run_seconds=0.3, seed=1))
        seen, receiver = parts.enter_context(collector()), parts.enter_context(server(answers(200)))
        ports = dict(zip(ROLES, free_ports(len(ROLES)), strict=True))
        addresses = {
            "CALLBACK_BASE_URL": f"http://127.0.0.1:{ports['hearer']}",
            "OTEL_EXPORTER_OTLP_ENDPOINT": seen.url,
        }
        settings = settings_for(azurite, emulator, **SETTINGS | addresses)
        key = secrets.token_urlsafe(24)
        hosts = {
            name: parts.enter_context(
                FunctionHost(
                    settings,
                    role(folder / name, *functions),
                    folder=folder,
                    port=ports[name],
                    function_key=key,
                )
            )
            for name, functions in ROLES.items()
        }
        dataverse = parts.enter_context(EmulatorAdmin(emulator.url))
        yield Parted(hosts, seen, receiver, dataverse, azurite.connection_string)
        assert all(DROPPED not in host.log() for host in hosts.values())


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parted]:
    with parted(tmp_path_factory.mktemp("parted")) as made:
        yield made


def test_a_run_is_one_trace_through_three_processes(apart: Parted) -> None:
    run_id = apart.start()
    apart.until(run_id)
    spans = apart.until_whole(run_id)

    by_name = {each.name: each for each in spans}
    first, caller = by_name["run.start"], CALLER.split("-")
    assert {each.trace for each in spans} == {caller[1]}
    assert (first.id, first.parent) == (trace_of(run_id).span_id, caller[2])
    ids = {each.id for each in apart.seen.trace(caller[1])}
    assert all(each.parent in ids for each in spans if each != first)
    assert len({by_name[name].process for name in ("run.start", "run.submit", "run.end")}) == 3
    assert by_name["run.callback"].process == by_name["run.end"].process
    assert by_name["run.end"].parent == by_name["run.callback"].id
    assert by_name["run.announce"].parent == by_name["run.end"].id


def test_each_span_tells_what_it_is_documented_to(apart: Parted) -> None:
    run_id = apart.start()
    spans = {each.name: each.attributes for each in apart.until_whole(run_id)}
    lane = {"broker.run_id": run_id, "broker.lane": run_id.partition("-")[0]}
    workflow = spans["run.start"].pop("broker.workflow")
    assert workflow == valid_body()["workflowId"]
    assert spans["run.start"] == lane
    assert spans["run.submit"] == lane | {"broker.attempt": 1, "broker.outcome": "submitted"}
    assert spans["run.callback"] == {"broker.run_id": run_id, "broker.outcome": "recorded"}
    assert spans["run.end"] == lane | {"broker.status": "Succeeded"}
    assert spans["run.announce"] == {"broker.run_id": run_id}
    assert spans["run.deliver"] == {
        "broker.run_id": run_id,
        "broker.receiver": "notifyUrl",
        "broker.attempt": 1,
        "broker.outcome": "delivered",
    }


def test_a_turn_of_dispatch_and_its_runs_lead_to_each_other(apart: Parted) -> None:
    run_id = apart.start()
    submit = next(each for each in apart.until_whole(run_id) if each.name == "run.submit")

    def turn() -> SpanSeen | None:
        turns = (each for each in apart.seen.spans if each.name == "dispatch")
        return next((each for each in turns if (submit.trace, submit.id) in each.links), None)

    found = until(turn, apart.logs, every=0.2)
    assert found.trace != submit.trace
    assert found.parent == ""
    assert (found.trace, found.id) in submit.links


def test_a_run_that_a_sweep_finds_ends_in_its_own_trace_and_leads_to_the_sweep(
    apart: Parted,
) -> None:
    apart.dataverse.change_behaviour(callback_copies=0)
    run_id = apart.start()

    def end() -> SpanSeen | None:
        spans = (each for each in apart.seen.spans if _is_of(each, run_id))
        return next((each for each in spans if each.name == "run.end"), None)

    found = until(end, apart.logs, every=0.5)
    apart.dataverse.change_behaviour(callback_copies=1)

    def sweep() -> SpanSeen | None:
        sweeps = (each for each in apart.seen.spans if each.name == "sweep")
        return next((each for each in sweeps if (found.trace, found.id) in each.links), None)

    made = until(sweep, apart.logs, every=0.5)
    assert found.parent == trace_of(run_id).span_id
    assert (made.trace, made.id) in found.links


def test_runs_of_one_caller_that_end_together_are_not_mixed_up(apart: Parted) -> None:
    """They share the caller's trace, and their callbacks a look."""
    run_ids = [apart.start() for _ in range(6)]
    for run_id in run_ids:
        spans = {each.id: each for each in apart.until_whole(run_id)}
        ids = {*spans, trace_of(run_id).span_id, CALLER.split("-")[2]}
        assert all(each.parent in ids for each in spans.values())


def test_the_notification_goes_on_with_the_trace(apart: Parted) -> None:
    run_id = apart.start()
    deliver = next(each for each in apart.until_whole(run_id) if each.name == "run.deliver")
    heard = next(each for each in apart.receiver.heard if each.json["data"]["runId"] == run_id)
    assert heard.headers["traceparent"] == f"00-{deliver.trace}-{deliver.id}-01"
    told = heard.json["data"]["traceparent"]
    assert told == f"00-{CALLER.split('-')[1]}-{trace_of(run_id).span_id}-01"


def test_sweeps_alone_tell_how_lanes_stand(apart: Parted) -> None:
    """Instances that each told the same lane would tell it many times."""
    until(lambda: "broker.lane.backlog" in apart.seen.metrics(), apart.logs, every=0.5)
    sweeping = {each.process for each in apart.seen.points if each.name in GAUGES}
    ended = {each.process for each in apart.seen.points if each.name == "broker.callbacks"}
    assert len(sweeping) == 1
    assert ended <= sweeping


def test_no_secret_and_no_input_is_in_what_is_sent(apart: Parted) -> None:
    """A caller may drive secrets through whatever of a start is told."""
    run_id = apart.start(correlationId=f"sig={RECEIVER_KEY}")
    apart.until_whole(run_id)
    signer = CallbackSigner("127.0.0.1", (SIGNING_KEY.encode(),))
    address = next(
        each.callback_url or ""
        for each in apart.dataverse.state().submissions
        if run_id in (each.callback_url or "")
    )
    storage = dict(part.partition("=")[::2] for part in apart.storage.split(";"))
    hidden = {
        "signature": address.rpartition("/")[2],
        "another signature": signer.url("http://127.0.0.1", run_id)[-32:],
        "storage key": storage["AccountKey"],
        "function key": apart.hosts["starter"].function_key,
        "signing key": SIGNING_KEY,
        "key of notifications": NOTIFY_KEY.decode(),
        "receiver's": RECEIVER_KEY,
        "collector's": OTLP_KEY,
        "an input": INPUTS["Password"],
        "another input": INPUTS["Iban"],
        "an address": "http://",
    }
    sent = b"".join(apart.seen.bodies)
    assert run_id.encode() in sent
    assert [name for name, value in hidden.items() if value.encode() in sent] == []


def test_a_metric_of_each_kind_arrives_with_its_unit(tmp_path: Path) -> None:
    """Two runs alike, whose answers are lost where Dataverse keeps no mark, need an operator."""
    kinds = COUNTERS | HISTOGRAMS | GAUGES
    with ExitStack() as parts:
        seen, receiver = parts.enter_context(collector()), parts.enter_context(server(answers(200)))
        settings = SETTINGS | {"OTEL_EXPORTER_OTLP_ENDPOINT": seen.url}
        forgets = {"callbackurl_column": "dropped"}
        made = broker(tmp_path, limit=1000, settings=settings, behaviour=forgets)
        app = parts.enter_context(made)
        app.dataverse.add_fault(Fault(action="RunDesktopFlow", lost_answer=True, times=2))
        for _ in range(2):
            app.start()
        until(lambda: "broker.needs_operator" in seen.metrics(), app.hosts[0].log, every=0.5)
        app.start(notifyUrl=f"http://127.0.0.1:{receiver.port}/")

        def missing() -> str:
            return f"{set(kinds) - seen.metrics()}\n{app.hosts[0].log()[-3000:]}"

        until(lambda: seen.metrics() == set(kinds), missing, every=0.5)
    assert {each.name: each.unit for each in seen.points} == {
        name: unit for name, (unit, _) in kinds.items()
    }


@pytest.mark.parametrize("trouble", ["unreachable", "silent", "answers 500"])
def test_runs_go_on_whatever_the_collector_does_and_one_warning_says_so(
    tmp_path: Path, trouble: str
) -> None:
    with ExitStack() as parts:
        seen = parts.enter_context(collector())
        seen.status, seen.silent = 500, trouble == "silent"
        url = UNREACHABLE if trouble == "unreachable" else seen.url
        settings = SETTINGS | {"OTEL_EXPORTER_OTLP_ENDPOINT": url}
        app = parts.enter_context(broker(tmp_path, limit=1000, settings=settings))
        for _ in range(5):
            app.start()
        log = app.hosts[0].log
        until(lambda: WARNING in log(), log, every=0.5)
        for _ in range(5):
            app.start()
        runs = app.until_all_final(10)
        assert {run["status"] for run in runs} == {"Succeeded"}
        assert trouble == "unreachable" or seen.requests > 0
        assert log().count(WARNING) == 1
        assert "Traceback" not in log()
        seen.released.set()
