"""The threads in which async functions read: nobody waits for them without an end."""

from __future__ import annotations

import asyncio
import threading

import pytest

from shared.storage.table import StorageUnavailableError
from shared.triggers import reads
from shared.triggers.reads import ReadingThreads


def test_who_waits_for_a_storage_that_hangs_is_told_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """503 and Retry-After, not an answer that never comes."""
    monkeypatch.setattr(reads, "READ_SECONDS", 0.05)
    answers, threads = threading.Event(), ReadingThreads(1)

    async def ask() -> None:
        first = asyncio.create_task(threads(answers.wait))
        await asyncio.sleep(0)  # it takes the one thread
        with pytest.raises(StorageUnavailableError):
            await threads(lambda: "stands behind it")
        with pytest.raises(StorageUnavailableError):
            await first
        answers.set()
        monkeypatch.setattr(reads, "READ_SECONDS", 600)
        assert await threads(lambda: "is answered again") == "is answered again"

    asyncio.run(ask())
