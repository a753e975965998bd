"""Work side by side in which each piece fails alone: it is told, and the others go on."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence

from shared.dataverse.errors import DataverseError
from shared.services.ports import Crew, Result
from shared.storage.table import StorageError
from shared.telemetry import event, failure

Work = tuple[str, Callable[[], Result]]
"""What is done, under the id of the run or lane that it is done for."""


def side_by_side(
    work: Iterable[Work[Result]], crew: Crew, seconds: float, *, failed: str, what: str
) -> list[Result]:
    """Do all of it and give what came of what succeeded in time.

    `failed`: the event that tells a failure; `what`: its field for the id.
    """
    calls = [(name, crew.start(each)) for name, each in work]
    crew.wait([call for _, call in calls], max(0.0, seconds))
    results = []
    for name, call in calls:
        try:
            results += [call.result()] if call.done() else []
        except (DataverseError, StorageError) as error:
            event(failed, level=logging.WARNING, **{what: name}, reason=str(error))
        except Exception as error:  # noqa: BLE001 - the outermost edge of a thread: told, not lost
            failure(failed, error, **{what: name})
    return results


def full_parts(items: list[Result], size: int) -> tuple[list[Result], list[Result]]:
    """Split what fills parts of this size from the rest."""
    full = len(items) // size * size
    return items[:full], items[full:]


def parts(items: Sequence[Result], size: int) -> Iterator[Sequence[Result]]:
    """Cut into parts of this size; the last may be smaller."""
    return (items[start : start + size] for start in range(0, len(items), size))
