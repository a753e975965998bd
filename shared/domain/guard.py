"""A guard: the delayed message by which the lanes of an instance that dies are found.

It travels on the queue of wake-ups. An instance of a version that knows no guards leaves it out,
and the sweep finds the lanes instead.
"""

import json
from dataclasses import dataclass

from shared.domain.identifiers import is_lane_id
from shared.domain.message_text import is_json_object

LANES_LIMIT = 1_000
"""How many lanes one guard names at most: a message holds 64 KiB, base64 included."""


@dataclass(frozen=True, slots=True)
class Guard:
    """`holder`: the instance that works these lanes, or did."""

    holder: str
    lanes: tuple[str, ...]


def guard_text(guard: Guard) -> str:
    named = {"holder": guard.holder, "lanes": guard.lanes}
    return json.dumps(named, separators=(",", ":"))


def read_guard(text: str) -> Guard | None:
    """Read a guard; None if it is none."""
    if not is_json_object(text):
        return None
    try:
        said = json.loads(text)
        holder, lanes = said["holder"], said["lanes"]
    except (ValueError, KeyError, RecursionError):
        return None
    if not (isinstance(holder, str) and isinstance(lanes, list)):
        return None
    named = tuple(each for each in lanes if isinstance(each, str) and is_lane_id(each))
    return Guard(holder, named[:LANES_LIMIT])
