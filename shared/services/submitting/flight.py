"""A flight: the submissions that one invocation has under way."""

from dataclasses import dataclass, field

from shared.services.ports import Call, Crew
from shared.services.submitting.landing import Claimed, Landing
from shared.services.submitting.submit import Submit


@dataclass(slots=True)
class Flight:
    """The submissions of this invocation: calls under way, and the slots each claim holds.

    `due_at`: when the first place of the backlog may be claimed, as was last seen (ms).
    """

    crew: Crew
    calls: list[Call[Landing]] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=dict)
    due_at: int = 0

    def launch(self, claimed: Claimed, submit: Submit) -> None:
        self.held[claimed.claim] = self.held.get(claimed.claim, 0) + 1
        self.calls.append(self.crew.start(lambda: submit(claimed)))

    def under_way(self) -> list[Call[Landing]]:
        return [call for call in self.calls if not call.done()]

    def is_to_wait(self) -> bool:
        """Say whether an answer that came, and was not settled yet, asks the lane to wait."""
        return any(call.done() and call.result().asks_to_wait for call in self.calls)

    def make_room(self, most: int, seconds: float) -> None:
        """Wait until no more than `most` calls are under way, the oldest of them having ended."""
        calls = self.under_way()
        self.crew.wait(calls[: max(0, len(calls) - most)], seconds)

    def land(self, seconds: float) -> list[Landing]:
        """Wait for the answers, and give those that came."""
        self.crew.wait(self.calls, seconds)
        done = [call for call in self.calls if call.done()]
        self.calls = [call for call in self.calls if not any(call is other for other in done)]
        return [call.result() for call in done]
