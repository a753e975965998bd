"""Faults that wait for the requests they are to hit; the emulator's and the fault proxy's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Counted(Protocol):
    """A fault spares the first `skip` requests that it matches, and hits `times` (None: all)."""

    @property
    def skip(self) -> int: ...

    @property
    def times(self) -> int | None: ...


Fault = TypeVar("Fault", bound=Counted)


class WaitingFaults(Generic[Fault]):
    """Oldest first; a request is hit by one at most."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting[Fault]] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(_Waiting(fault, fault.skip, fault.times))

    def take(self, matches: Callable[[Fault], bool]) -> Fault | None:
        """Return the fault that hits a request, if there is one, and count it."""
        for waiting in self._waiting:
            if not matches(waiting.fault):
                continue
            if waiting.to_spare:
                waiting.to_spare -= 1
                continue
            if waiting.left is not None:
                waiting.left -= 1
                if waiting.left <= 0:
                    self._waiting.remove(waiting)
            return waiting.fault
        return None

    def clear(self, which: Callable[[Fault], bool] = lambda _: True) -> None:
        """Remove the faults that wait; with `which`, only those that it is true of."""
        self._waiting = [waiting for waiting in self._waiting if not which(waiting.fault)]


@dataclass
class _Waiting(Generic[Fault]):
    fault: Fault
    to_spare: int
    left: int | None
