"""The invocation that work is done for: its id goes along into every thread that the app starts.

The host throws away a log record that has none. Workers for Python up to 3.12 look for the id in
storage of the thread, which the function's `context` argument gives access to; those from 3.13 on
in a context variable (Python developer guide, "Logging from created threads"). Both are carried.
"""

from collections.abc import Callable
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from shared import tracing

Result = TypeVar("Result")


class Context(Protocol):
    """What is used of the argument `context` of a function."""

    @property
    def invocation_id(self) -> str: ...

    @property
    def thread_local_storage(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class _Invocation:
    id: str
    thread_storage: Any


_current: ContextVar[_Invocation | None] = ContextVar("invocation", default=None)


def begin(context: Context) -> None:
    """Note the invocation that this thread, or task, works for from now on."""
    _current.set(_Invocation(context.invocation_id, context.thread_local_storage))
    tracing.tell_failures()


def carried(work: Callable[[], Result]) -> Callable[[], Result]:
    """Give work that, in whatever thread it is done, is done for the invocation of this one."""
    variables = copy_context()
    return lambda: variables.run(_carry, work)


class Carrier:
    """The invocation of whoever makes it, for work that is not known yet."""

    def __init__(self) -> None:
        self._variables = copy_context()

    def carried(self, work: Callable[[], Result]) -> Callable[[], Result]:
        """Give work that is done for that invocation, in whatever thread it is done."""
        return lambda: self._variables.copy().run(_carry, work)


def _carry(work: Callable[[], Result]) -> Result:
    invocation = _current.get()
    if invocation is None:
        return work()
    storage = invocation.thread_storage
    before = getattr(storage, "invocation_id", None)
    storage.invocation_id = invocation.id
    try:
        return work()
    finally:
        storage.invocation_id = before
