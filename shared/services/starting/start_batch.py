"""Starting many runs at once: each as if it was asked for alone, and answered by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from shared.domain.codes.answers import UNAVAILABLE
from shared.domain.errors import BrokerError
from shared.domain.request import StartRequest
from shared.domain.run import Run
from shared.services.ports import Crews
from shared.services.starting.start import Start, Started

SIDE_BY_SIDE = 16
SECONDS = 60.0
"""How long starts are begun: half of what callers wait for an answer."""

Wish = tuple[StartRequest, str]
"""A start, and its idempotency key."""

Outcome = Started | Exception


class OutOfTimeError(BrokerError):
    """A start was not begun in time; sent again, it is found or made."""

    code = UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("There was no time left for this start.")


@dataclass(frozen=True, slots=True)
class _WokenLater:
    """Notes which lanes have to be woken; each once, however many of its runs ask for it."""

    lanes: dict[str, None] = field(default_factory=dict)

    def wake_soon(self, lane_id: str) -> None:
        self.lanes[lane_id] = None


@dataclass(frozen=True, slots=True)
class _ListedLater:
    """Notes which runs have to be listed, so that it is done for all at once."""

    runs: list[Run] = field(default_factory=list)

    def started(self, *runs: Run) -> None:
        self.runs.extend(runs)


@dataclass(frozen=True, slots=True)
class StartBatch:
    """Starts side by side; those of one key one after the other, so that the first is the first."""

    start: Start
    crews: Crews

    def __call__(self, wishes: Sequence[Wish]) -> list[Outcome]:
        """Give what became of each start, in order; raises nothing.

        Lanes are woken at the end: should that never come, the sweep finds their backlog.
        """
        outcomes: list[Outcome] = [OutOfTimeError() for _ in wishes]
        by_key: dict[str, list[int]] = {}
        for number, (_, key) in enumerate(wishes):
            by_key.setdefault(key, []).append(number)
        woken, listed = _WokenLater(), _ListedLater()
        start = replace(self.start, waker=woken, index=listed)

        def start_those(numbers: list[int]) -> None:
            for number in numbers:
                outcomes[number] = _outcome(start, *wishes[number])

        with self.crews(max(1, min(SIDE_BY_SIDE, len(by_key)))) as crew:
            calls = [crew.start(partial(start_those, numbers)) for numbers in by_key.values()]
            crew.wait(calls, SECONDS)
        self.start.index.started(*listed.runs)
        for lane_id in woken.lanes:
            self.start.waker.wake_soon(lane_id)
        return outcomes


def _outcome(start: Start, request: StartRequest, key: str) -> Outcome:
    try:
        return start(request, key)
    except Exception as error:  # noqa: BLE001 - told at the edge, as a start's own error would be
        return error
