"""Ingestion: a message asks for a run as an HTTP request does, or is rejected with its reasons."""

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.keyed import KEY_FIELD, validate_keyed
from shared.domain.request import StartRequest
from shared.domain.strict_json import InvalidJsonError, parse
from shared.services.ports import Outbox
from shared.services.starting.start import KeyReusedError, Start
from shared.telemetry import event

TEXT_A_MESSAGE = 20_000
"""How much of a rejected text goes into one message, in bytes as JSON writes them."""


@dataclass(frozen=True, slots=True)
class Ingest:
    """Starts what a message asks for; a message without a key uses its id as one.

    Only what is wrong with the message itself rejects it. Whatever else goes wrong is raised, so
    that the host delivers the message again; the key makes that harmless.
    """

    start: Start
    rejections: Outbox

    def __call__(self, text: bytes, message_id: str) -> None:
        """Handle a message (UTF-8 JSON); raises StorageUnavailableError, ConnectionUnknownError."""
        try:
            request, key = _read(text, message_id)
            run = self.start(request, key).run
        except InvalidRequestError as error:
            self._reject(text, message_id, error.faults)
        except KeyReusedError:
            fault = Fault(KEY_FIELD, "KeyReused", "was used for another request before")
            self._reject(text, message_id, [fault])
        else:
            event("message.accepted", run_id=run.id, message_id=message_id)

    def _reject(self, text: bytes, message_id: str, faults: Sequence[Fault]) -> None:
        parts = list(_parts(text.decode("utf-8", "backslashreplace")))
        for number, part in enumerate(parts, start=1):
            rejection = {
                "messageId": message_id,
                "part": number,
                "parts": len(parts),
                "reasons": [fault.told for fault in faults],
                "originalText": part,
            }
            self.rejections.send(json.dumps(rejection, ensure_ascii=False))
        reasons = "; ".join(f"{fault.target} {fault.code}" for fault in faults)
        event("message.rejected", level=logging.WARNING, message_id=message_id, reason=reasons)


def _read(text: bytes, message_id: str) -> tuple[StartRequest, str]:
    try:
        body: Any = parse(text)
    except InvalidJsonError as error:
        raise InvalidRequestError(Fault("body", "InvalidJson", f"must be JSON: {error}")) from None
    return validate_keyed(body, instead=message_id)


def _parts(text: str) -> Iterator[str]:
    """Cut a text so that each part fits into a message; an empty text is one part."""
    part: list[str] = []
    size = 0
    for character in text:
        weight = len(json.dumps(character, ensure_ascii=False).encode()) - 2
        if size + weight > TEXT_A_MESSAGE:
            yield "".join(part)
            part, size = [], 0
        part.append(character)
        size += weight
    yield "".join(part)
