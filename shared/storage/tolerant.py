"""Rows that cannot be read: each is told and fails alone, whatever it stands beside.

What a row says is not repeated: it may be anybody's words.
"""

import logging
import zlib
from collections.abc import Callable, Iterable
from typing import TypeVar

from shared.storage.table import Entity, UnreadableRowError
from shared.telemetry import event

Read = TypeVar("Read")
Translate = Callable[[str, Entity], Read]
"""Reads a row of a partition, by the partition's name."""

UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What reading a value raises that is none."""


def one(partition: str, entity: Entity, translate: Translate[Read]) -> Read:
    """Read a row that somebody needs; raises UnreadableRowError."""
    try:
        return translate(partition, entity)
    except UNREADABLE as error:
        reason = type(error).__name__
        event("row.unreadable", level=logging.ERROR, lane=partition, row=entity.row, reason=reason)
        message = f"the row {entity.row} of {partition} cannot be read: {reason}"
    raise UnreadableRowError(message)


def those(partition: str, entities: Iterable[Entity], translate: Translate[Read]) -> list[Read]:
    """Read the rows of a listing; one that cannot be read is told, and left out."""
    found: list[Read] = []
    for entity in entities:
        try:
            found.append(one(partition, entity, translate))
        except UnreadableRowError:
            continue
    return found
