"""Long texts in a table: compressed, in chunks of 64 KiB a property, 15 of them an entity.

Table Storage takes 64 KiB a property and 1 MiB an entity.
"""

import zlib
from collections.abc import Iterable, Mapping

from shared.storage.table import Entity, Value

CHUNK_BYTES = 64 * 1024
CHUNKS_AN_ENTITY = 15


def pack(text: str) -> list[dict[str, Value]]:
    """Compress a text into the properties of as many entities as it needs."""
    packed = zlib.compress(text.encode())
    chunks = [packed[at : at + CHUNK_BYTES] for at in range(0, len(packed), CHUNK_BYTES)]
    return [
        {f"Chunk{n:02d}": chunk for n, chunk in enumerate(chunks[at : at + CHUNKS_AN_ENTITY])}
        for at in range(0, len(chunks), CHUNKS_AN_ENTITY)
    ]


def packed_size(entities: Iterable[Mapping[str, Value]]) -> int:
    """Count the bytes of the chunks."""
    chunks = (chunk for each in entities for chunk in each.values())
    return sum(len(chunk) for chunk in chunks if isinstance(chunk, bytes))


def unpack(entities: Iterable[Entity]) -> str:
    """Read a text back from its entities, given in the order of their row keys."""
    chunks = [
        value
        for entity in entities
        for name, value in sorted(entity.properties.items())
        if name.startswith("Chunk") and isinstance(value, bytes)
    ]
    return zlib.decompress(b"".join(chunks)).decode()
