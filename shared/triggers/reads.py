"""The threads in which async functions read storage, whose SDKs are synchronous.

They are few, and the app's own: whoever waits for a run holds none, neither of these nor of the
worker's, which all other functions share.
"""

import asyncio
import concurrent.futures
from collections.abc import Callable
from typing import TypeVar

from shared.invocation import carried
from shared.storage.table import StorageUnavailableError

THREADS = 8
READ_SECONDS = 20.0
"""How long a read may take, waiting for its thread included: as storage would be given up."""

Result = TypeVar("Result")


class ReadingThreads:
    """Does work in threads that are there from its first use on."""

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = threads
        self._pool: concurrent.futures.Executor | None = None

    async def __call__(self, work: Callable[[], Result]) -> Result:
        """Do work for the invocation of the task that asks for it.

        Raises what the work does, and StorageUnavailableError where it is not done in time.
        """
        if self._pool is None:
            self._pool = concurrent.futures.ThreadPoolExecutor(
                self._threads, thread_name_prefix="reading"
            )
        reading = asyncio.get_running_loop().run_in_executor(self._pool, carried(work))
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await reading
        except TimeoutError as error:
            raise StorageUnavailableError("the threads that read wait for storage") from error
