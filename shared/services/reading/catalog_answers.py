"""Answers about the catalog, kept in this process, so that many who ask cost Dataverse one call.

While one asks, whoever asks for the same waits for that answer, or takes the last one. Nobody asks
while the environment is held (services/hold.py), and a call that failed is not repeated at once:
then an old answer serves, and where there is none the reason and the time to ask again are told.
"""

import logging
import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from shared.dataverse.errors import (
    AppRefusedError,
    DataverseError,
    NotFoundError,
    RefusedError,
    ThrottledError,
)
from shared.domain.codes.answers import CATALOG_UNAVAILABLE
from shared.domain.errors import BrokerError
from shared.domain.pause import Pause
from shared.services.hold import EnvironmentHold
from shared.services.ports import Clock
from shared.services.refusals import CatalogRefusedError
from shared.telemetry import event

FRESH_SECONDS = 60.0
"""How old an answer may be as a rule."""

OLD_SECONDS = 3_600.0
"""How old one may be that serves while Dataverse cannot be asked."""

AGAIN_SECONDS = 5.0
"""How long nobody asks again after a call that failed."""

PATIENCE_SECONDS = 30.0
"""How long an answer is waited for that another asked for; a call's own limits end before."""

FAILURES_KEPT = 1_000

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class CatalogUnavailableError(BrokerError):
    """Dataverse cannot be asked now, and no answer is kept that is young enough."""

    code = CATALOG_UNAVAILABLE

    def __init__(self, reason: str, retry_after: float = AGAIN_SECONDS) -> None:
        super().__init__(f"Dataverse cannot be asked now: {reason}")
        self.reason, self.retry_after = reason, retry_after

    def later(self, seconds: float) -> "CatalogUnavailableError":
        """Tell it again so many seconds later."""
        wait = (self.retry_after or AGAIN_SECONDS) - seconds
        return CatalogUnavailableError(self.reason, max(1, math.ceil(wait)))


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Value]):
    """An answer and when it was asked for, in seconds that never go back."""

    value: Value
    asked_at: float
    weight: int


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why there is no answer, and when that was, in seconds that never go back."""

    error: BrokerError
    at: float

    @property
    def old_serves(self) -> bool:
        """Say whether what was known may still be so: a refusal leaves nothing as it was."""
        return not isinstance(self.error, NotFoundError | CatalogRefusedError)

    def told(self, now: float) -> BrokerError:
        """Give the error to be raised now: one error is not raised by many."""
        if isinstance(self.error, CatalogUnavailableError):
            return self.error.later(now - self.at)
        return self.error.with_traceback(None)


@dataclass(slots=True)
class _Flight(Generic[Value]):
    """A call that is under way; one of the two is there when it is over."""

    over: threading.Event = field(default_factory=threading.Event)
    kept: _Kept[Value] | None = None
    failure: _Failure | None = None


class Answers(Generic[Key, Value]):
    """Safe to use from several threads; holds answers of `room` in all, by their weight."""

    def __init__(
        self,
        hold: EnvironmentHold,
        clock: Clock,
        *,
        room: int,
        weigh: Callable[[Value], int] = lambda _: 1,
    ) -> None:
        self._hold, self._clock = hold, clock
        self._room, self._weigh = room, weigh
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, _Kept[Value]] = OrderedDict()
        self._failures: OrderedDict[Key, _Failure] = OrderedDict()
        self._flights: dict[Key, _Flight[Value]] = {}

    def get(
        self,
        key: Key,
        ask: Callable[[], Value],
        *,
        within: float = FRESH_SECONDS,
        patient: bool = False,
    ) -> Value:
        """Give an answer that is at most `within` seconds old, or what comes nearest to it.

        That is an older one while another asks, unless the caller is `patient`, or while Dataverse
        cannot be asked. `ask` raises a DataverseError or another BrokerError.

        Raises CatalogUnavailableError, CatalogRefusedError, NotFoundError and what else `ask` does.
        """
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and self._age(kept) <= within:
                self._kept.move_to_end(key)
                return kept.value
            failure, flight = self._failures.get(key), self._flights.get(key)
            if flight is None and failure is not None and not self._may_ask_after(failure):
                return self._old(kept, failure)
            mine = flight is None
            flight = flight or self._flights.setdefault(key, _Flight())
        if mine:
            self._fly(key, flight, ask)
        elif kept is not None and not patient and self._age(kept) <= OLD_SECONDS:
            return kept.value
        elif not flight.over.wait(PATIENCE_SECONDS):
            return self._old(kept, self._failed(CatalogUnavailableError("no answer has come yet")))
        if flight.kept is not None:
            return flight.kept.value
        given_up = CatalogUnavailableError("the call came to nothing")
        return self._old(kept, flight.failure or self._failed(given_up))

    def _fly(self, key: Key, flight: _Flight[Value], ask: Callable[[], Value]) -> None:
        """Ask, and let those who wait have what comes of it, whatever that is."""
        asked_at = self._clock.monotonic()
        try:
            value = self._asked(ask)
            flight.kept = _Kept(value, asked_at, self._weigh(value))
        except BrokerError as error:
            if not isinstance(error, NotFoundError):  # a caller's slip
                event("catalog.not_answered", level=logging.WARNING, reason=str(error))
            flight.failure = self._failed(_bare(error))
        finally:
            with self._lock:
                del self._flights[key]
                self._note(key, flight)
            flight.over.set()

    def _note(self, key: Key, flight: _Flight[Value]) -> None:
        self._failures.pop(key, None)
        if flight.kept is not None:
            self._kept[key] = flight.kept
            self._kept.move_to_end(key)
        elif flight.failure is not None:
            self._failures[key] = flight.failure
            if not flight.failure.old_serves:
                self._kept.pop(key, None)
        while len(self._failures) > FAILURES_KEPT:
            self._failures.popitem(last=False)
        while sum(each.weight for each in self._kept.values()) > self._room:
            self._kept.popitem(last=False)

    def _asked(self, ask: Callable[[], Value]) -> Value:
        """Ask Dataverse, unless it is to be left alone; raises what `get` does."""
        pause = self._hold.holds()
        if pause is not None:
            raise self._held(pause)
        sent_at = self._clock.now()
        try:
            value = ask()
        except (AppRefusedError, ThrottledError) as error:
            raise self._held(self._hold.obey(error)) from error
        except NotFoundError:
            raise
        except RefusedError as error:
            raise CatalogRefusedError(error.answer) from error
        except DataverseError as error:
            raise CatalogUnavailableError(str(error)) from error
        self._hold.worked(sent_at)
        return value

    def _held(self, pause: Pause) -> CatalogUnavailableError:
        wait = max(1, math.ceil((pause.until - self._clock.now()) / 1000))
        return CatalogUnavailableError(f"{pause.code}, {pause.message}", wait)

    def _old(self, kept: _Kept[Value] | None, failure: _Failure) -> Value:
        if kept is not None and failure.old_serves and self._age(kept) <= OLD_SECONDS:
            return kept.value
        raise failure.told(self._clock.monotonic())

    def _age(self, kept: _Kept[Value]) -> float:
        return self._clock.monotonic() - kept.asked_at

    def _failed(self, error: BrokerError) -> _Failure:
        return _Failure(error, self._clock.monotonic())

    def _may_ask_after(self, failure: _Failure) -> bool:
        return self._clock.monotonic() - failure.at >= AGAIN_SECONDS


def _bare(error: BrokerError) -> BrokerError:
    """Free an error that is kept of what it came of: frames hold whatever an answer held."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
