"""What lies on a shelf: what a message asked for, as far as it may be told; how it is sent again.

A start's inputs may be secret, and so may whatever stands in a text that cannot be read: what is
told of a request is a list of fields that hold no secret.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.domain.amounts import Number
from shared.domain.faults import Fault
from shared.domain.identifiers import is_lane_id, is_run_id
from shared.domain.keyed import KEY_FIELD
from shared.domain.message_text import decoded, is_json_object
from shared.domain.run.delivery_request import read_delivery_request
from shared.domain.shelf import Shelf
from shared.domain.strict_json import InvalidJsonError, compact, parse
from shared.domain.texts import readable

TOLD = ("workflowId", "connectionName", "runMode", "correlationId", KEY_FIELD)
"""The fields of a request that are told of it."""

LONGEST = 200
"""How many characters are told of a field, or of a reason."""

REASONS = 20
"""How many reasons are told of a rejected message."""

_OBJECT = "it is no JSON object with one meaning, and would be rejected again"
_KEYLESS = (
    "it holds no idempotencyKey, and the message id that was its key went when the host gave it up:"
    " look whether its run is there, and start it anew, with a key, if it is not"
)
_PARTS = "its other parts cannot be read now"
_UNKNOWN = "it names nothing that the app knows"


@dataclass(frozen=True, slots=True)
class Message:
    """A message on a shelf. Times in ms since the epoch; `taken`: how often somebody took it there.

    `receipt`: of whoever has taken it now; None where it was only looked at.
    """

    id: str
    content: str
    inserted_at: int
    expires_at: int
    taken: int = 0
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """A rejected message, or a part of one: the reasons, and the text as it came."""

    message_id: str
    part: int
    parts: int
    reasons: tuple[Fault, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Shelved:
    """What lies on a shelf as one: a message, or the parts of one that was rejected.

    `text`: what its sender wrote, None where a part of it is missing. `message_id`: under which id
    it came, where that is known. `parts`: of how many messages it is made.
    """

    shelf: Shelf
    messages: tuple[Message, ...]
    text: str | None
    message_id: str | None = None
    parts: int = 1
    reasons: tuple[Fault, ...] = ()

    @property
    def id(self) -> str:
        """Name it by the first of its messages."""
        return self.messages[0].id

    @property
    def whole(self) -> bool:
        """Say whether no other message can tell more of it."""
        return self.text is not None or self.message_id is None

    @property
    def told(self) -> dict[str, str]:
        """Tell what it asks for, without anything that may be secret."""
        text = self.text or ""
        if self.shelf in (Shelf.REJECTED, Shelf.REQUESTS):
            body = _object_of(text) or {}
            return {name: told for name in TOLD if (told := _told(body.get(name))) is not None}
        if self.shelf is Shelf.WAKE_UPS:
            return {"laneId": text} if is_lane_id(text) else {}
        run_id = _run_of(text)
        return {} if run_id is None else {"runId": run_id}

    @property
    def hindrance(self) -> str | None:
        """Say why it cannot be sent again; None if it can."""
        if self.text is None:
            return _PARTS
        if self.shelf in (Shelf.REJECTED, Shelf.REQUESTS):
            body = _object_of(self.text)
            if body is None:
                return _OBJECT
            return _KEYLESS if body.get(KEY_FIELD) is None and not self.message_id else None
        return None if self.told else _UNKNOWN

    def sent_again(self) -> str:
        """Give the text that asks for the same: a request that had no key has its message's id.

        So however often it is sent, it is one run.
        """
        text = self.text or ""
        body = _object_of(text) if self.message_id else None
        if body is None or body.get(KEY_FIELD) is not None:
            return text
        return compact(body | {KEY_FIELD: self.message_id})


def shelved(shelf: Shelf, messages: Iterable[Message]) -> list[Shelved]:
    """Put together what lies on a shelf, in the order of the messages."""
    if shelf is not Shelf.REJECTED:
        return [Shelved(shelf, (each,), _text(shelf, each)) for each in messages]
    parts: dict[str, list[tuple[Message, Rejection | None]]] = {}
    for each in messages:
        rejection = read_rejection(_text(shelf, each))
        name = each.id if rejection is None else rejection.message_id
        parts.setdefault(name, []).append((each, rejection))
    return [_rejected(each) for each in parts.values()]


def read_rejection(text: str) -> Rejection | None:
    """Read a message of the app's own that says what it rejected; None where it is none."""
    body = _object_of(text)
    try:
        if body is None or not body["messageId"]:
            return None
        return Rejection(
            str(body["messageId"]),
            int(body["part"]),
            int(body["parts"]),
            tuple(map(_fault, body["reasons"][:REASONS])),
            str(body["originalText"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _rejected(found: Sequence[tuple[Message, Rejection | None]]) -> Shelved:
    messages = tuple(message for message, _ in found)
    first = found[0][1]
    if first is None:
        return Shelved(Shelf.REJECTED, messages, None)
    texts = {each.part: each.text for _, each in found if each is not None}
    numbers = range(1, first.parts + 1)
    whole = all(number in texts for number in numbers)
    return Shelved(
        Shelf.REJECTED,
        messages,
        "".join(texts[number] for number in numbers) if whole else None,
        first.message_id,
        first.parts,
        first.reasons,
    )


def _text(shelf: Shelf, message: Message) -> str:
    def is_plain(text: str) -> bool:
        if shelf is Shelf.WAKE_UPS:
            return is_lane_id(text)
        return is_json_object(text) or (shelf is Shelf.NOTIFICATIONS and is_run_id(text))

    body = message.content.encode("utf-8", "replace")
    return decoded(body, is_plain).decode("utf-8", "replace")


def _object_of(text: str) -> dict[str, Any] | None:
    try:
        body = parse(text.encode("utf-8", "replace"))
    except InvalidJsonError:
        return None
    return body if isinstance(body, dict) else None


def _run_of(text: str) -> str | None:
    if is_run_id(text):
        return text
    request = read_delivery_request(text)
    return None if request is None else request.run_id


def _fault(reason: Any) -> Fault:
    """Read a reason; Fault says its target by itself, so that is taken off its message."""
    target = str(reason["target"])
    message = str(reason["message"]).removeprefix(f"{target} ")
    return Fault(*(readable(each[:LONGEST]) for each in (target, str(reason["code"]), message)))


def _told(value: Any) -> str | None:
    """Tell a value of a field that holds a text or a number; what else stands there is not told."""
    if isinstance(value, Number):
        value = value.text
    return readable(str(value)[:LONGEST]) if isinstance(value, str | int) else None
