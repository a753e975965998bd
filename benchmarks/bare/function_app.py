"""The floor: what nobody could do without, made by the same SDKs on the same host.

Each function makes the calls to storage and to Dataverse that a verb of the broker has to make, one
after the other, with rows of the size that the broker's have, and a single row by the cheapest call
that there is for it; nothing is validated, and no answer is looked at. How long such a function
takes is what the broker's verb is compared with.
"""

import json
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import azure.functions as func
import requests
from azure.core.exceptions import ResourceExistsError
from azure.core.pipeline.transport import RequestsTransport
from azure.data.tables import TableClient, TableServiceClient, UpdateMode
from azure.storage.queue import QueueClient, TextBase64EncodePolicy
from requests.adapters import HTTPAdapter

from local.emulator.caller import fetch_token

STORAGE = "RUN_STORAGE"
LANE = "lane000000000000"
POLLS = "bare-polls"
REPLACING = {"mode": UpdateMode.REPLACE}
RUN: dict[str, Any] = {
    "Status": "Queued",
    "WorkflowId": "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a01",
    "ConnectionName": "shared-load-01",
    "ConnectionType": 1,
    "RunMode": "unattended",
    "CreatedAt": "2026-11-24T17:06:10.123Z",
    "DueAt": "2026-11-24T17:06:10.123Z",
    "ChangedAt": "2026-11-24T17:06:10.123Z",
    "Attempts": 0,
    "Polls": 0,
    "Restarts": 0,
    "InputEntities": 0,
    "KeyDigest": "0" * 64,
    "Connection": "shared-load-01",
    "History": '[["Queued",1795540000000]]',
}
"""A run's row, as the broker writes it at a start."""


def _session() -> requests.Session:
    session = requests.Session()
    session.mount("http://", HTTPAdapter(pool_maxsize=64))
    return session


def _table() -> TableClient:
    transport = RequestsTransport(session=_session(), session_owner=False)
    service = TableServiceClient.from_connection_string(os.environ[STORAGE], transport=transport)
    made = service.create_table_if_not_exists(os.environ["RUN_TABLE"])
    _put_lane(made)
    return made


def _queue() -> QueueClient:
    queue = QueueClient.from_connection_string(
        os.environ[STORAGE],
        "bare-wakeups",
        message_encode_policy=TextBase64EncodePolicy(),
        transport=RequestsTransport(session=_session(), session_owner=False),
    )
    with suppress(ResourceExistsError):
        queue.create_queue()
    return queue


def _put_lane(table: TableClient) -> None:
    table.upsert_entity({"PartitionKey": "lane", "RowKey": "lane", **RUN}, **REPLACING)


def _commit(table: TableClient, partition: str, *operations: Any) -> None:
    """Make one transaction; an operation is what the SDK takes, without its partition."""
    whole = [(kind, {"PartitionKey": partition, **row}, *rest) for kind, row, *rest in operations]
    table.submit_transaction(whole)


_dataverse = _session()
_token: list[str] = []
_first = Lock()
_tables: list[TableClient] = []
_queues: list[QueueClient] = []


def _services() -> tuple[TableClient, QueueClient]:
    with _first:
        if not _tables:
            _queues.append(_queue())
            _tables.append(_table())
    return _tables[0], _queues[0]


def _ask(path: str) -> None:
    url = os.environ["DATAVERSE_URL"]
    if not _token:
        names = ("IDENTITY_ENDPOINT", "IDENTITY_HEADER")
        _token.append(fetch_token(url, {name: os.environ[name] for name in names}))
    headers = {"Authorization": f"Bearer {_token[0]}", "Accept": "application/json"}
    _dataverse.get(f"{url}/api/data/v9.2/{path}", headers=headers, timeout=30).json()


app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.function_name("nothing")
@app.route("nothing", methods=["GET", "POST"])
def nothing(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the binding's name
    """Answer, and do nothing else: what the host itself costs."""
    return _done()


@app.function_name("start")
@app.route("start", methods=["POST"])
def start(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - as above
    """Make a run of a lane that somebody else will wake: four table requests."""
    return _done(202, _start())


def _start() -> str:
    """Take a key, make the run with its place, read the lane, list the run; give the run's id."""
    table, _ = _services()
    tail, key = secrets.token_hex(13), secrets.token_hex(32)
    run_id = f"{LANE}-{tail}"
    of_key = {"PartitionKey": f"keys:{key[:3]}", "RowKey": key}
    table.create_entity(of_key | {"RunId": run_id, "Fingerprint": "0" * 64})
    _commit(
        table,
        LANE,
        ("create", {"RowKey": f"run:{tail}", **RUN}),
        ("create", {"RowKey": f"due:1795540000000:{tail}", "Attempts": 0}),
        ("upsert", {"RowKey": "listed", "UsedAt": RUN["CreatedAt"]}, REPLACING),
    )
    table.get_entity("lane", "lane")
    table.create_entity({"PartitionKey": "runs", "RowKey": f"active:{tail}:{LANE}", **RUN})
    return run_id


@app.function_name("wake")
@app.route("wake", methods=["POST"])
def wake(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - as above
    """Make a run, note that its lane is woken, and send the wake-up: six requests."""
    made = _start()
    table, queue = _services()
    _put_lane(table)
    queue.send_message(LANE)
    return _done(202, made)


@app.function_name("read")
@app.route("read", methods=["POST"])
def read(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - as above
    """Read one row."""
    _services()[0].get_entity("lane", "lane")
    return _done()


@app.function_name("end")
@app.route("end/{session}", methods=["POST"])
def end(req: func.HttpRequest) -> func.HttpResponse:
    """Read a run, ask Dataverse, and write its end with the rows that follow: a callback."""
    table, _ = _services()
    table.get_entity("lane", "lane")
    session = req.route_params["session"]
    if session != "none":
        one_of = f"In(PropertyName='flowsessionid',PropertyValues=[\"{session}\"])"
        columns = "flowsessionid,statuscode,completedon"
        _ask(f"flowsessions?$select={columns}&$filter=Microsoft.Dynamics.CRM.{one_of}")
    tail = secrets.token_hex(13)
    _commit(
        table,
        LANE,
        ("upsert", {"RowKey": f"run:{tail}", **RUN}, REPLACING),
        ("create", {"RowKey": f"watch:1795540000000:{tail}", "Ended": True}),
        ("create", {"RowKey": f"watch:1795540000001:{tail}"}),
    )
    return _done()


@app.function_name("polled")
@app.queue_trigger("msg", POLLS, STORAGE)
def polled(msg: func.QueueMessage) -> None:
    """Write down when a message came: how long one poll of a queue takes."""
    line = f"{msg.get_body().decode()} {time.time()}\n"
    with Path(os.environ["POLLED"]).open("a", encoding="utf-8") as seen:
        seen.write(line)


def _done(status: int = 200, run_id: str = "") -> func.HttpResponse:
    text = json.dumps({"runId": run_id, "result": "Done"})
    return func.HttpResponse(text, status_code=status, mimetype="application/json")
