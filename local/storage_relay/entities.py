"""The entities of a request to Table Storage, and the bounds of a table's keys and properties.

Facts: Microsoft Learn, "Understanding the Table service data model" (sizes, key characters) and
"Performing entity group transactions" (100 operations, 4 MiB).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

ENTITY_BYTES = 1024 * 1024
PROPERTY_BYTES = 64 * 1024
PROPERTIES = 252
KEY_BYTES = 1024
OPERATIONS = 100
TRANSACTION_BYTES = 4 * 1024 * 1024

_FORBIDDEN = re.compile(r"[/\\#?\x00-\x1f\x7f-\x9f]")
_KEYS = re.compile(r"\(PartitionKey='((?:[^']|'')*)',RowKey='((?:[^']|'')*)'\)")
_SYSTEM = frozenset({"PartitionKey", "RowKey", "Timestamp"})


class RefusedError(Exception):
    """What the service answers to a request that it does not take."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation on an entity; `properties` as JSON holds them, empty where there is no body."""

    partition: str
    row: str
    properties: Mapping[str, Any]

    def check(self) -> None:
        """Raise RefusedError for what is beyond the bounds of an entity."""
        for key in (self.partition, self.row):
            if _FORBIDDEN.search(key):
                raise RefusedError(
                    400, "OutOfRangeInput", "A key holds a character that is not allowed."
                )
            if len(key.encode("utf-16-le")) > KEY_BYTES:
                raise RefusedError(400, "KeyValueTooLarge", "A key is larger than 1 KiB.")
        named = {
            name: value
            for name, value in self.properties.items()
            if name not in _SYSTEM and "@" not in name and not name.startswith("odata.")
        }
        if len(named) > PROPERTIES:
            raise RefusedError(400, "TooManyProperties", "An entity has more than 252 properties.")
        total = 4 + 2 * (len(self.partition) + len(self.row))
        for name, value in named.items():
            size = _size(value, self.properties.get(f"{name}@odata.type"))
            if size > PROPERTY_BYTES:
                raise RefusedError(400, "PropertyValueTooLarge", f"{name} is larger than 64 KiB.")
            total += 8 + 2 * len(name) + size
        if total > ENTITY_BYTES:
            raise RefusedError(400, "EntityTooLarge", "The entity is larger than 1 MiB.")


def operations_of(content: bytes, content_type: str) -> list[Operation]:
    """Read the operations of a transaction; raises Refused for one that is none."""
    if len(content) > TRANSACTION_BYTES:
        raise RefusedError(413, "RequestBodyTooLarge", "The transaction is larger than 4 MiB.")
    found = list(_parts(content, content_type))
    if not 0 < len(found) <= OPERATIONS:
        raise RefusedError(400, "InvalidInput", "A transaction has 1 to 100 operations.")
    if len({each.partition for each in found}) > 1:
        raise RefusedError(400, "CommandsInBatchActOnDifferentPartitions", "One partition, please.")
    if len({each.row for each in found}) < len(found):
        raise RefusedError(400, "InvalidDuplicateRow", "One entity is there twice.")
    for each in found:
        each.check()
    return found


def keys_of(target: str) -> tuple[str, str] | None:
    """Read partition and row key of a path that names one entity."""
    found = _KEYS.search(unquote(target))
    return None if found is None else (_unquoted(found.group(1)), _unquoted(found.group(2)))


def _parts(content: bytes, content_type: str) -> Iterator[Operation]:
    inner = re.search(rb"boundary=(changeset_[\w-]+)", content)
    if inner is None or "multipart/mixed" not in content_type:
        raise RefusedError(400, "InvalidInput", "The body is no transaction.")
    for part in content.split(b"--" + inner.group(1))[1:]:
        if part.startswith(b"--"):
            return
        request = part.partition(b"\r\n\r\n")[2]
        head, _, body = request.partition(b"\r\n\r\n")
        target = head.split(b" ", 2)[1].decode()
        text = body.rstrip(b"\r\n")
        properties = json.loads(text) if text else {}
        keys = keys_of(target) or (str(properties["PartitionKey"]), str(properties["RowKey"]))
        yield Operation(*keys, properties)


def _size(value: Any, kind: object) -> int:
    """Tell how many bytes a value takes in an entity."""
    if kind == "Edm.Binary":
        return len(str(value)) * 3 // 4 - str(value).count("=", -2)
    if isinstance(value, str) and kind in (None, "Edm.String"):
        return len(value.encode("utf-16-le"))
    return 8


def _unquoted(key: str) -> str:
    return key.replace("''", "'")
