"""The invocation goes along into every thread that works for it, and nowhere else."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from shared.invocation import begin, carried
from shared.runtime import thread_crew


@dataclass(frozen=True)
class Context:
    invocation_id: str
    thread_local_storage: Any


STORAGE = threading.local()


def seen() -> str | None:
    """The id that the worker finds for a record of this thread."""
    return getattr(STORAGE, "invocation_id", None)


def in_an_invocation(invocation_id: str, work: Any) -> Any:
    """Do work in a thread of its own, as the worker calls a function."""
    came: list[Any] = []

    def call() -> None:
        begin(Context(invocation_id, STORAGE))
        came.append(work())

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    return came[0]


def test_every_call_of_a_crew_has_the_id_of_its_invocation() -> None:
    def work() -> list[str | None]:
        with thread_crew(3) as crew:
            calls = [crew.start(seen) for _ in range(20)]
            crew.wait(calls, 10)
            return [call.result() for call in calls]

    assert in_an_invocation("one", work) == ["one"] * 20


def test_a_call_within_a_call_has_it_too() -> None:
    def work() -> str | None:
        with thread_crew(1) as outer, thread_crew(1) as inner:
            call = outer.start(lambda: inner.start(seen).result())
            outer.wait([call], 10)
            return call.result()

    assert in_an_invocation("two", work) == "two"


def test_a_thread_keeps_no_id_of_work_that_is_over() -> None:
    carry = in_an_invocation("three", lambda: carried(seen))
    assert carry() == "three"
    assert seen() is None


def test_work_outside_of_an_invocation_is_done_all_the_same() -> None:
    assert carried(lambda: 7)() == 7
