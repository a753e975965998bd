"""A run's history as a property of its row, and what a claim leaves there for it."""

import json
from collections.abc import Mapping
from typing import Any

from shared.domain.instants import to_iso
from shared.domain.pause import Pause
from shared.domain.run import RunStatus
from shared.domain.run.stretch import Reason, Stretch, reason
from shared.storage.run_parts import instant, text
from shared.storage.table import Value

_UNTIL, _CODE, _MESSAGE = "PausedUntil", "PauseCode", "PauseMessage"


def from_history(history: tuple[Stretch, ...]) -> str | None:
    """Write a history as JSON, each stretch a list, with no more characters than it has to have."""
    stretches = [_from_stretch(each) for each in history]
    return json.dumps(stretches, ensure_ascii=False, separators=(",", ":")) if history else None


def history(value: Value | None) -> tuple[Stretch, ...]:
    """Read a history; one that cannot be read is as if none was kept: no run waits for that."""
    try:
        return tuple(_stretch(*each) for each in json.loads(str(value or "[]")))
    except (ValueError, TypeError):
        return ()


def from_paused(pause: Pause, due_at: int) -> dict[str, Value]:
    """Write the last pause of a run's lane, if it was over only when the run's turn had come."""
    if pause.until <= due_at or not pause.code:
        return {}
    why = reason(pause.code, pause.message)
    return {_UNTIL: to_iso(pause.until), _CODE: why.code, _MESSAGE: why.message}


def paused(properties: Mapping[str, Value]) -> Pause | None:
    """Read the pause that a claim has left: whoever changes the run next leaves it out."""
    until = instant(properties.get(_UNTIL))
    if until is None:
        return None
    code, message = (text(properties.get(name)) or "" for name in (_CODE, _MESSAGE))
    return Pause(until, code, message)


def _from_stretch(stretch: Stretch) -> list[str | int | None]:
    why = stretch.reason
    said = () if why is None else (why.code, why.message)
    return [stretch.status.value, stretch.since, stretch.until, *said]


def _stretch(status: Any, since: Any, until: Any, *said: str) -> Stretch:
    ended = None if until is None else int(until)
    return Stretch(RunStatus(status), int(since), ended, Reason(*map(str, said)) if said else None)
