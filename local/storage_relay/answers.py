"""The service's refusals, in its own form: alone, or within the 202 of a transaction."""

from __future__ import annotations

import json
from uuid import uuid4

from local.fault_proxy.message import Message, made_answer
from local.storage_relay.entities import RefusedError

_JSON = "application/json;odata=minimalmetadata;streaming=true;charset=utf-8"
_REASONS = {400: "Bad Request", 413: "Request Entity Too Large", 500: "Internal Server Error"}


def refusal(refused: RefusedError) -> Message:
    """Answer a request to Table Storage with its own error."""
    return made_answer(refused.status, _headers(refused), _body(refused))


def queue_refusal(refused: RefusedError) -> Message:
    """Answer a request to Queue Storage with its own error."""
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{refused.code}</Code>'
        f"<Message>{refused.message}</Message></Error>"
    )
    headers = {"Content-Type": "application/xml", "x-ms-error-code": refused.code}
    return made_answer(refused.status, headers, text.encode())


def refusal_within_202(refused: RefusedError) -> Message:
    """Answer a transaction: accepted as a message, refused as a whole by what is within."""
    outer, inner = f"batchresponse_{uuid4()}", f"changesetresponse_{uuid4()}"
    reason = _REASONS.get(refused.status, "Service Unavailable")
    head = f"HTTP/1.1 {refused.status} {reason}\r\nContent-Type: {_JSON}\r\n\r\n".encode()
    lines = [
        f"--{outer}",
        f"Content-Type: multipart/mixed; boundary={inner}",
        "",
        f"--{inner}",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "",
        "",
    ]
    body = "\r\n".join(lines).encode() + head + _body(refused)
    body += f"\r\n--{inner}--\r\n--{outer}--\r\n".encode()
    return made_answer(202, {"Content-Type": f"multipart/mixed; boundary={outer}"}, body)


def empty_page(partition: str, row: str) -> Message:
    """Answer a query with nothing yet, and the tokens to go on with."""
    headers = {
        "Content-Type": _JSON,
        "x-ms-continuation-NextPartitionKey": partition,
        "x-ms-continuation-NextRowKey": row,
    }
    return made_answer(200, headers, b'{"value":[]}')


def _headers(refused: RefusedError) -> dict[str, str]:
    return {"Content-Type": _JSON, "x-ms-error-code": refused.code}


def _body(refused: RefusedError) -> bytes:
    text = f"{refused.message}\nRequestId:{uuid4()}\nTime:2026-01-01T00:00:00.0000000Z"
    error = {"code": refused.code, "message": {"lang": "en-US", "value": text}}
    return json.dumps({"odata.error": error}).encode()
