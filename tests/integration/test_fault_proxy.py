"""The fault proxy: what it passes on arrives as it was sent, and each fault is what it says."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from azure.core.exceptions import ResourceExistsError
from azure.data.tables import TableServiceClient
from azure.storage.queue import LinearRetry, QueueClient

from local.fault_proxy.client import FaultProxyAdmin
from local.fault_proxy.faults import Fault
from local.parts import Azurite, FaultProxy
from tests.support.patience import until

DELAYED_ACK_SECONDS = 0.04
"""What Linux waits at the least before it acknowledges what it need not at once."""


class Service(ThreadingHTTPServer):
    """A service that tells what it was sent; `done` are the requests it has worked on."""

    daemon_threads = True

    def __init__(self) -> None:
        self.done: list[str] = []
        self.connections = 0
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Service

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.done.append(f"{self.command} {self.path}")
        told = f"{self.requestline}|{self.headers['Host']}|".encode() + body
        if self.path == "/chunks":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\r\nabc\r\n2;note=x\r\nde\r\n0\r\n\r\n")
            return
        if self.path == "/nothing":
            self.send_response(204)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(told)

    do_GET = do_HEAD = do_POST = do_PUT = answer  # noqa: N815 - names that http.server calls

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base has it
        pass


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Service() as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield serving
        serving.shutdown()


@pytest.fixture(scope="module")
def proxy(
    service: Service, azurite: Azurite, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FaultProxy]:
    folder = tmp_path_factory.mktemp("proxy")
    storage = [url.rpartition("/")[0] for url in (azurite.table_url, azurite.queue_url)]
    with FaultProxy(service.url, *storage, folder=folder) as part:
        yield part


@pytest.fixture
def faults(proxy: FaultProxy, service: Service) -> Iterator[FaultProxyAdmin]:
    with FaultProxyAdmin(proxy.url) as admin:
        admin.clear()
        admin.forget_requests()
        service.done.clear()
        yield admin


@pytest.fixture
def caller(proxy: FaultProxy) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=proxy.url) as client:
        yield client


def test_a_request_and_its_answer_pass_as_they_are(
    caller: httpx.Client, faults: FaultProxyAdmin, proxy: FaultProxy
) -> None:
    host = proxy.url.removeprefix("http://")
    answer = caller.post("/a%2Fb?c=%20d", content=b"\x00body")
    assert answer.content == f"POST /a%2Fb?c=%20d HTTP/1.1|{host}|".encode() + b"\x00body"
    assert caller.get("/chunks").text == "abcde"
    assert caller.get("/nothing").status_code == 204
    assert caller.head("/head").status_code == 200
    sent = [(each.method, each.target, each.status, each.label) for each in faults.requests()]
    assert sent == [
        ("POST", "/a%2Fb?c=%20d", 200, ""),
        ("GET", "/chunks", 200, ""),
        ("GET", "/nothing", 204, ""),
        ("HEAD", "/head", 200, ""),
    ]


@pytest.mark.usefixtures("faults")
def test_connections_are_kept_on_both_sides_and_nothing_waits_for_delayed_acks(
    caller: httpx.Client, service: Service
) -> None:
    caller.get("/first")
    before, took = service.connections, list[float]()
    for _ in range(50):
        started = time.perf_counter()
        caller.post("/next", content=b"x" * 3000)
        took.append(time.perf_counter() - started)
    assert statistics.median(took) < DELAYED_ACK_SECONDS, "whatever else the machine does"
    assert service.connections == before


def test_cut_before_forwarding_is_no_answer_and_no_work(
    caller: httpx.Client, faults: FaultProxyAdmin, service: Service
) -> None:
    faults.add(Fault("cut", target="^/pay$", forward=False, cut=True))
    with pytest.raises(httpx.RemoteProtocolError):
        caller.post("/pay")
    assert service.done == []
    assert caller.post("/pay").status_code == 200, "it was to happen once"
    assert faults.hits() == {"cut": 1}


def test_cut_after_forwarding_is_work_without_an_answer(
    caller: httpx.Client, faults: FaultProxyAdmin, service: Service
) -> None:
    faults.add(Fault("cut", method="POST", cut=True))
    with pytest.raises(httpx.RemoteProtocolError):
        caller.post("/pay")
    assert service.done == ["POST /pay"]
    cut = faults.requests()[0]
    assert (cut.label, cut.upstream_status, cut.status) == ("cut", 200, None)


def test_an_answer_can_be_cut_amid_its_body(caller: httpx.Client, faults: FaultProxyAdmin) -> None:
    faults.add(Fault("half", cut_amid=True))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete"):
        caller.post("/pay", content=b"x" * 1000)


def test_a_status_is_answered_instead_of_the_work_or_after_it(
    caller: httpx.Client, faults: FaultProxyAdmin, service: Service
) -> None:
    faults.add(
        Fault("instead", status=503, forward=False, headers={"Retry-After": "7"}),
        Fault("after", status=500),
    )
    instead, after = caller.post("/first"), caller.post("/second")
    assert (instead.status_code, instead.headers["retry-after"]) == (503, "7")
    assert after.status_code == 500
    assert service.done == ["POST /second"]


def test_a_delayed_request_is_worked_on_even_if_its_caller_has_given_up(
    caller: httpx.Client, faults: FaultProxyAdmin, service: Service
) -> None:
    """As in a real network: what was sent arrives, however late."""
    faults.add(Fault("late", delay_before_ms=2_000))
    with pytest.raises(httpx.ReadTimeout):
        caller.post("/pay", timeout=0.5)
    assert service.done == []
    assert until(lambda: service.done) == ["POST /pay"]


def test_an_answer_can_be_late_or_come_drop_by_drop(
    caller: httpx.Client, faults: FaultProxyAdmin
) -> None:
    faults.add(Fault("late", delay_after_ms=300), Fault("slow", trickle_ms=300))
    for _ in range(2):
        started = time.perf_counter()
        assert caller.get("/pay").status_code == 200
        assert time.perf_counter() - started >= 0.3


def test_a_fault_hits_what_it_matches_after_what_it_skips(
    caller: httpx.Client, faults: FaultProxyAdmin
) -> None:
    faults.add(
        Fault("x", method="POST", target=r"\?a=b c$", body="wanted", skip=1, times=2, status=500)
    )
    chosen = [caller.post("/y?a=b%20c", content=b"is wanted").status_code for _ in range(4)]
    assert chosen == [200, 500, 500, 200]
    faults.add(Fault("x", method="POST", target=r"\?a=b c$", body="wanted", status=500))
    assert caller.post("/y?a=b%20c", content=b"other").status_code == 200
    assert caller.put("/y?a=b%20c", content=b"is wanted").status_code == 200
    assert caller.post("/y", content=b"is wanted").status_code == 200


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"label": "x", "target": "(", "cut": True}, "no regular expression"),
        ({"label": "x", "colour": "red"}, "no field 'colour'"),
        ({"label": "x", "times": "many"}, "'times' must be"),
        ({"label": "x", "forward": False}, "is not forwarded is cut"),
        ({}, "label"),
    ],
)
def test_a_fault_that_can_never_be_is_refused_with_the_reason(
    caller: httpx.Client, fault: dict[str, object], reason: str
) -> None:
    answer = caller.post("/_fault_proxy/faults", json=[fault])
    assert answer.status_code == 400
    assert reason in answer.json()["error"]


def storage(azurite: Azurite, proxy: FaultProxy) -> str:
    """Azurite's connection string, with the proxy's addresses."""
    direct = [url.rpartition("/")[0] for url in (azurite.table_url, azurite.queue_url)]
    through = azurite.connection_string
    for before, after in zip(direct, proxy.urls[1:], strict=True):
        through = through.replace(before, after)
    return through


def test_azurite_takes_signed_requests_and_batches_through_the_proxy(
    azurite: Azurite, proxy: FaultProxy, faults: FaultProxyAdmin
) -> None:
    """Neither the signature nor the addresses inside of a batch depend on the port."""
    with TableServiceClient.from_connection_string(storage(azurite, proxy)) as tables:
        table = tables.create_table("ThroughTheProxy")
        keys = {"PartitionKey": "p", "RowKey": "a"}
        faults.add(Fault("lost", method="POST", target=r"/\$batch$", body='"Size": ?1', cut=True))
        with pytest.raises(Exception, match=r"aborted|disconnected"):
            table.submit_transaction([("create", keys | {"Size": 1})])
        with pytest.raises(ResourceExistsError):
            table.create_entity(keys)
        table.submit_transaction([("upsert", keys | {"Size": 2})])
        assert table.get_entity("p", "a")["Size"] == 2
    assert faults.hits() == {"lost": 1}


def test_azurites_queues_are_reached_through_the_proxy(
    azurite: Azurite, proxy: FaultProxy, faults: FaultProxyAdmin
) -> None:
    at_once = LinearRetry(backoff=0, random_jitter_range=0)
    with QueueClient.from_connection_string(
        storage(azurite, proxy), "through", retry_policy=at_once
    ) as queue:
        queue.create_queue()
        faults.add(Fault("gone", method="POST", target="/through/messages", status=503))
        queue.send_message("once")
        assert len(list(queue.receive_messages())) >= 1
    assert faults.hits() == {"gone": 1}
