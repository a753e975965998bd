"""The machine group: sessions wait for a machine, run on it, and end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from uuid import NAMESPACE_URL, uuid5

from local.emulator.behaviour import Behaviour
from local.emulator.clock import Clock
from local.emulator.endings import CANCELLED, NO_CANDIDATE, Ending, ending_of, timed_out
from local.emulator.flow_session import FlowSession
from local.emulator.gates import Gates
from local.emulator.run_queue import RunQueue
from local.emulator.session_store import SessionStore
from local.emulator.statuscodes import Status

FOREVER_SECONDS = 100 * 365 * 86_400


class Machines:
    """Each machine works one run at a time; every session has at most one timer."""

    def __init__(
        self,
        number: int,
        run_seconds: float,
        chance: random.Random,
        *,
        clock: Clock,
        gates: Gates,
        sessions: SessionStore,
        behaviour: Callable[[], Behaviour],
        on_finished: Callable[[FlowSession], None],
    ) -> None:
        self._names = [str(uuid5(NAMESPACE_URL, f"machine-{n}")) for n in range(number)]
        self._run_seconds = run_seconds
        self._chance = chance
        self._clock = clock
        self._gates = gates
        self._sessions = sessions
        self._behaviour = behaviour
        self._on_finished = on_finished
        self._free = list(reversed(self._names))
        self._queue = RunQueue()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._held_back: dict[str, Ending] = {}
        gates.queue.on_open.append(self._start_waiting)
        gates.machines.on_open.append(self._end_held_back)

    def enqueue(self, session: FlowSession) -> None:
        """Let a session wait for its machine, as long as Dataverse lets it."""
        seconds = self._behaviour().queue_seconds
        self._queue.push(session.id, priority=session.run_priority, requested_ms=session.created_ms)
        self._after(FOREVER_SECONDS if seconds is None else seconds, session, NO_CANDIDATE)
        self._start_waiting()

    def cancel(self, session: FlowSession) -> None:
        """Have the session cancelled soon, unless it ends before."""
        seconds = self._clock.scaled(self._behaviour().cancel_seconds)
        asyncio.get_running_loop().call_later(seconds, self.finish, session, CANCELLED)

    def finish(self, session: FlowSession, ending: Ending) -> None:
        """End a session now, and give its machine to the next; an ended one stays as it is."""
        self.leave(session)
        if session.finished or session not in self._sessions:  # deleted, or before a reset
            return
        self._sessions.change(
            session,
            statuscode=int(ending.statuscode),
            errorcode=ending.errorcode,
            errormessage=ending.errormessage,
            outputs=ending.outputs,
            completed_ms=self._now_ms(),
        )
        self._on_finished(session)

    def leave(self, session: FlowSession) -> None:
        """Take a session out of the queue and off its machine."""
        self._queue.withdraw(session.id)
        self._held_back.pop(session.id, None)
        timer = self._timers.pop(session.id, None)
        if timer:
            timer.cancel()
            if session.machine and session.started_ms:
                self._free.append(session.machine)
                self._start_waiting()

    def clear(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._held_back.clear()
        self._queue.clear()
        self._free = list(reversed(self._names))

    def _start_waiting(self) -> None:
        while self._free and not self._gates.queue.closed:
            following = self._queue.pop()
            if following is None:
                return
            self._start(self._sessions.get(following))

    def _start(self, session: FlowSession) -> None:
        ending = ending_of(session.inputs, self._run_seconds, self._chance)
        self._timers.pop(session.id).cancel()
        self._held_back.pop(session.id, None)  # its wait is over in time after all
        if not ending.started:
            self._after(0, session, ending)
            return
        self._sessions.change(
            session,
            statuscode=int(Status.RUNNING),
            started_ms=self._now_ms(),
            machine=self._free.pop(),
        )
        seconds = ending.after_seconds
        if ending.endless:
            self._after(FOREVER_SECONDS, session, ending)
        elif seconds is None or seconds > session.timeout:
            self._after(session.timeout, session, timed_out(self._behaviour().timed_out_statuscode))
        else:
            self._after(seconds, session, ending)

    def _now_ms(self) -> int:
        return self._clock.dataverse_ms(self._behaviour().clock_offset_seconds)

    def _after(self, seconds: float, session: FlowSession, ending: Ending) -> None:
        loop = asyncio.get_running_loop()
        delay = self._clock.scaled(seconds)
        self._timers[session.id] = loop.call_later(delay, self._due, session, ending)

    def _due(self, session: FlowSession, ending: Ending) -> None:
        if self._gates.machines.closed:
            self._held_back[session.id] = ending
        else:
            self.finish(session, ending)

    def _end_held_back(self) -> None:
        held_back, self._held_back = self._held_back, {}
        for session_id, ending in held_back.items():
            self.finish(self._sessions.get(session_id), ending)
