"""A shelf in memory: messages that can be looked at, taken, put back and removed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from shared.domain.shelved import Message

NOW, WEEK_MS = 1_795_540_000_000, 7 * 24 * 3_600_000


@dataclass
class Shelf:
    """What lies there, in order; `hidden`: what somebody has taken; `page`: how many at a time."""

    lying: list[Message] = field(default_factory=list)
    hidden: dict[str, str | None] = field(default_factory=dict)
    page: int = 32
    takes: int = 0
    name: str = "shelf"

    def put(self, *contents: str) -> list[str]:
        """Put messages there, and give their ids."""
        first = len(self.lying)
        made = [
            Message(f"message-{first + number}", content, NOW, NOW + WEEK_MS)
            for number, content in enumerate(contents)
        ]
        self.lying += made
        return [each.id for each in made]

    def count(self) -> int:
        return len(self.lying)

    def peek(self) -> list[Message]:
        return [each for each in self.lying if each.id not in self.hidden][: self.page]

    def take(self, seconds: int) -> list[Message]:
        assert seconds > 0
        self.takes += 1
        taken = [replace(each, receipt=f"receipt-{self.takes}") for each in self.peek()]
        self.hidden |= {each.id: each.receipt for each in taken}
        return taken

    def put_back(self, message: Message) -> None:
        if self.hidden.get(message.id) == message.receipt:
            del self.hidden[message.id]

    def remove(self, message: Message) -> bool:
        if self.hidden.get(message.id) != message.receipt:
            return False
        self.lying = [each for each in self.lying if each.id != message.id]
        return True
