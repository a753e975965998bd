"""Messages that nobody works any more, counted: those that were rejected, and those given up."""

from dataclasses import dataclass
from enum import StrEnum


class MessageKind(StrEnum):
    """Why a message stays: the app rejected it, or the host has tried it too often."""

    REJECTED = "Rejected"
    POISON = "Poison"


@dataclass(frozen=True, slots=True)
class QueueCount:
    """How many messages of a kind a queue holds, about."""

    queue: str
    kind: MessageKind
    count: int
