"""What waiting without a thread needs: the app's event loop fits it, and the simulation's tasks.

Whatever stands on it runs one piece at a time, and gives way where it awaits.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from shared.services.ports import Result


class Bell(Protocol):
    """Rings once, for those who wait by then and for those who come later."""

    def ring(self) -> None: ...

    async def wait(self, seconds: float | None = None) -> None:
        """Wait until it rings, or until time is up; None: for as long as that takes."""
        ...


class Tasks(Protocol):
    """What is done aside. Those who wait for Dataverse take no place of those who need storage."""

    async def store(self, work: Callable[[], Result]) -> Result:
        """Do work that blocks for storage; raises what the work does."""
        ...

    async def ask(self, work: Callable[[], Result]) -> Result:
        """Do work that blocks for Dataverse; raises what the work does."""
        ...

    def begin(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin what goes on by itself, whatever becomes of who began it; it raises nothing."""
        ...

    def bell(self) -> Bell: ...
