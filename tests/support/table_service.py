"""Table Storage over HTTP with its rows in order, as Azure has them: for tests with many of them.

Azurite looks at every row of a table for each query, whatever the partition: with some hundred
thousand of them a query takes seconds, where Azure reads the rows that are asked for. This serves
what the app's client asks for and nothing else (tests/integration/test_table_service.py holds it to
the contract that Azurite is held to), from the memory of its process:

    class ServiceWithRows(TableService):
        program = "tests.support.a_module_that_calls_serve_table"
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from local.fault_proxy.message import Message, made_answer, read_request
from local.storage_relay.answers import refusal, refusal_within_202
from local.storage_relay.entities import RefusedError, keys_of, operations_of
from shared.storage.table import (
    ConflictError,
    Delete,
    Entity,
    Insert,
    Merge,
    Operation,
    Replace,
    StorageRefusedError,
    Table,
    Upsert,
    Value,
)

LARGEST_PAGE = 1_000
CONFLICTS = {
    "EntityAlreadyExists": 409,
    "ResourceNotFound": 404,
    "UpdateConditionNotSatisfied": 412,
}
_JSON = "application/json;odata=minimalmetadata;streaming=true;charset=utf-8"
_TEXT = r"'((?:[^']|'')*)'"
_RANGE = re.compile(rf"PartitionKey eq {_TEXT} and RowKey gt {_TEXT} and RowKey lt {_TEXT}")
_SYSTEM = frozenset({"PartitionKey", "RowKey", "Timestamp"})


@dataclass
class TableService:
    """Answers requests to one account's tables, which are all the same one.

    `answer_seconds`: how long each answer takes at least, as a network and a service would.
    """

    table: Table
    answer_seconds: float = 0.0
    heard: Callable[[str], object] = lambda _: None

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a caller's connection until it ends."""
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while (request := await read_request(reader)) is not None:
                    self.heard(f"{request.method} {unquote(request.target)}")
                    if self.answer_seconds:
                        await asyncio.sleep(self.answer_seconds)
                    answer = self.answer(request)
                    writer.write(answer.head + answer.body)
                    await writer.drain()
        finally:
            writer.transport.abort()

    def answer(self, request: Message) -> Message:
        """Answer one request, or refuse it as the service would."""
        path = unquote(request.target.partition("?")[0])
        if path.endswith("/$batch"):
            return self._transaction(request)
        try:
            keys = keys_of(request.target)
            if request.method == "GET" and keys is not None:
                return self._entity(*keys)
            if request.method == "GET" and path.endswith("()"):
                return self._page(request)
            if request.method == "POST" and path.endswith("/Tables"):
                return refusal(RefusedError(409, "TableAlreadyExists", "The table exists."))
        except RefusedError as refused:
            return refusal(refused)
        return refusal(RefusedError(501, "NotImplemented", f"{request.method} {path}"))

    def _entity(self, partition: str, row: str) -> Message:
        found = self.table.get(partition, row)
        if found is None:
            raise RefusedError(404, "ResourceNotFound", "There is no such entity.")
        return _json(_told(partition, found))

    def _page(self, request: Message) -> Message:
        query = parse_qs(request.target.partition("?")[2], keep_blank_values=True)
        asked = _RANGE.fullmatch(query["$filter"][0])
        top = int(query.get("$top", [str(LARGEST_PAGE)])[0])
        if asked is None or not 0 < top <= LARGEST_PAGE:
            raise RefusedError(400, "InvalidInput", f"not asked by the app: {query}")
        partition, after, before = (each.replace("''", "'") for each in asked.groups())
        after = query.get("NextRowKey", [after])[0]
        found = self.table.query(partition, after, before, limit=top + 1)
        page, more = found[:top], len(found) > top
        tokens = {"NextPartitionKey": partition, "NextRowKey": page[-1].row} if more else {}
        headers = {f"x-ms-continuation-{name}": each for name, each in tokens.items()}
        return _json({"value": [_told(partition, each) for each in page]}, headers)

    def _transaction(self, request: Message) -> Message:
        try:
            partition, operations = _read(request)
            etags = self.table.commit(partition, operations)
        except RefusedError as refused:
            return refusal_within_202(refused)
        except ConflictError as error:
            code = str(error).partition(":")[0]
            return refusal_within_202(RefusedError(CONFLICTS[code], code, str(error)))
        except StorageRefusedError as error:
            return refusal_within_202(RefusedError(400, "InvalidInput", str(error)))
        return _accepted([etags.get(each.row) for each in operations])


def _read(request: Message) -> tuple[str, list[Operation]]:
    """Read a transaction: its partition and its operations."""
    content = request.content
    checked = operations_of(content, request.headers.get("content-type", ""))
    boundary = re.search(rb"boundary=(changeset_[\w-]+)", content)
    if boundary is None:
        raise RefusedError(400, "InvalidInput", "The body is no transaction.")
    parts = content.split(b"--" + boundary.group(1))[1:-1]
    heads = [part.partition(b"\r\n\r\n")[2].partition(b"\r\n\r\n")[0] for part in parts]
    operations = [
        _operation(Message(head, b""), each.row, each.properties)
        for head, each in zip(heads, checked, strict=True)
    ]
    return checked[0].partition, operations


def _operation(head: Message, row: str, properties: Mapping[str, Any]) -> Operation:
    etag = head.headers.get("if-match", "*")
    match head.method:
        case "POST":
            return Insert(row, _values(properties))
        case "PATCH" | "MERGE":
            return Merge(row, _values(properties))
        case "PUT" if "if-match" in head.headers:
            return Replace(row, _values(properties), None if etag == "*" else etag)
        case "PUT":
            return Upsert(row, _values(properties))
        case "DELETE":
            return Delete(row, None if etag == "*" else etag)
    raise RefusedError(400, "InvalidInput", f"{head.method} is no operation.")


def _values(properties: Mapping[str, Any]) -> dict[str, Value]:
    """Read an entity's properties, each as its type says."""
    own = {
        name: value
        for name, value in properties.items()
        if name not in _SYSTEM and "@" not in name and not name.startswith("odata.")
    }
    return {name: _value(each, properties.get(f"{name}@odata.type")) for name, each in own.items()}


def _value(value: Any, kind: object) -> Value:
    if kind == "Edm.Binary":
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise RefusedError(400, "InvalidInput", "A value is no base64.") from error
    if isinstance(value, str | bool | int) and kind in (
        None,
        "Edm.String",
        "Edm.Boolean",
        "Edm.Int32",
    ):
        return value
    raise RefusedError(400, "InvalidInput", f"A value of type {kind} is never the app's.")


def _told(partition: str, entity: Entity) -> dict[str, Any]:
    told: dict[str, Any] = {"odata.etag": entity.etag}
    told |= {"PartitionKey": partition, "RowKey": entity.row}
    for name, value in entity.properties.items():
        if isinstance(value, bytes):
            told[f"{name}@odata.type"] = "Edm.Binary"
            told[name] = base64.b64encode(value).decode()
        else:
            told[name] = value
    return told


def _json(told: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Message:
    return made_answer(
        200, {"Content-Type": _JSON} | dict(headers or {}), json.dumps(told).encode()
    )


def _accepted(etags: list[str | None]) -> Message:
    """Answer a transaction that was done: 204 for each of its operations."""
    lines = ["--outer", "Content-Type: multipart/mixed; boundary=inner", ""]
    for etag in etags:
        lines += ["--inner", "Content-Type: application/http"]
        lines += ["Content-Transfer-Encoding: binary", "", "HTTP/1.1 204 No Content"]
        lines += [f"ETag: {etag}"] if etag else []
        lines += ["", ""]
    lines += ["--inner--", "--outer--", ""]
    headers = {"Content-Type": "multipart/mixed; boundary=outer"}
    return made_answer(202, headers, "\r\n".join(lines).encode())
