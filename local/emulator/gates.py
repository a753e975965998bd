"""Gates that tests close to hold something back, and open to let it go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal, get_args

# machines: no run ends by itself; queue: no waiting run starts; callbacks: none is sent;
# answers: RunDesktopFlow's answers wait, after its work was done.
GateName = Literal["machines", "queue", "callbacks", "answers"]
GATE_NAMES: tuple[GateName, ...] = get_args(GateName)


class Gate:
    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self.on_open: list[Callable[[], None]] = []

    @property
    def closed(self) -> bool:
        return not self._open.is_set()

    def close(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()
        for each in self.on_open:
            each()

    async def passed(self) -> None:
        """Wait until the gate is open."""
        await self._open.wait()


class Gates:
    def __init__(self) -> None:
        self.by_name: dict[GateName, Gate] = {name: Gate() for name in GATE_NAMES}
        self.machines = self.by_name["machines"]
        self.queue = self.by_name["queue"]
        self.callbacks = self.by_name["callbacks"]
        self.answers = self.by_name["answers"]

    @property
    def held(self) -> list[str]:
        return [name for name, gate in self.by_name.items() if gate.closed]

    def open_all(self) -> None:
        for gate in self.by_name.values():
            gate.open()
