"""The emulated environment: its parts, put together."""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass

from local.emulator.behaviour import Behaviour
from local.emulator.callbacks import Callbacks
from local.emulator.clock import Clock
from local.emulator.connections import Connections
from local.emulator.faults import Fault
from local.emulator.flow_runs import FlowRuns
from local.emulator.gates import Gates
from local.emulator.identity import Identity
from local.emulator.machines import Machines
from local.emulator.protection import Protection
from local.emulator.records import RecordedRequest
from local.emulator.session_store import SessionStore
from local.waiting_faults import WaitingFaults

REMEMBERED_REQUESTS = 200_000


@dataclass(frozen=True)
class Options:
    """What is fixed when the emulator starts; `behaviour` can be changed later."""

    identity_header: str
    behaviour: Behaviour
    time_scale: float = 1
    machines: int = 4
    run_seconds: float = 5
    seed: int | None = None


class Environment:
    """Everything that requests work on; belongs to one event loop."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.behaviour = options.behaviour
        self.clock = Clock(options.time_scale)
        self.identity = Identity(options.identity_header, self.clock)
        self.gates = Gates()
        self.faults = WaitingFaults[Fault]()
        self.requests: deque[RecordedRequest] = deque(maxlen=REMEMBERED_REQUESTS)
        self.sessions = SessionStore()
        self.connections = Connections()
        self.protection = Protection(self._behaviour)
        self.callbacks = Callbacks(self.clock, self.gates, self._behaviour)
        self._chance = random.Random(options.seed)
        self.machines = Machines(
            options.machines,
            options.run_seconds,
            self._chance,
            clock=self.clock,
            gates=self.gates,
            sessions=self.sessions,
            behaviour=self._behaviour,
            on_finished=self.callbacks.announce,
        )
        self.runs = FlowRuns(
            self.sessions,
            self.machines,
            self.connections,
            clock=self.clock,
            behaviour=self._behaviour,
            on_finished=self.callbacks.announce,
        )

    def dataverse_ms(self) -> int:
        """Return the time in ms since the epoch, by Dataverse's clock."""
        return self.clock.dataverse_ms(self.behaviour.clock_offset_seconds)

    async def reset(self) -> None:
        """Forget everything but the tokens, and go back to the behaviour of the start."""
        self.behaviour = self._options.behaviour
        self.faults.clear()
        self.machines.clear()
        self.sessions.clear()
        self.connections.reset()
        self.gates.open_all()
        await self.callbacks.clear()
        self.runs.clear()
        self.protection.clear()
        self.requests.clear()
        self._chance.seed(self._options.seed)

    def _behaviour(self) -> Behaviour:
        return self.behaviour
