"""Completion callbacks, sent and repeated as Dataverse does (the Dataverse contract, section 7)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from local.emulator.behaviour import Behaviour
from local.emulator.clock import Clock, iso
from local.emulator.flow_session import FlowSession
from local.emulator.gates import Gates
from local.emulator.records import Delivery
from local.emulator.statuscodes import TIMEOUT, Status

RETRIES = 3
PAUSE_SECONDS = 1
REQUEST_TIMEOUT = 408
SERVER_ERROR = 500
CONNECTIONS = 100


class Callbacks:
    """Delivers callbacks side by side; `deliveries` are all attempts so far."""

    def __init__(self, clock: Clock, gates: Gates, behaviour: Callable[[], Behaviour]) -> None:
        self._clock = clock
        self._gates = gates
        self._behaviour = behaviour
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(
            limits=httpx.Limits(max_connections=CONNECTIONS), trust_env=False
        )
        self.deliveries: list[Delivery] = []

    def announce(self, session: FlowSession) -> None:
        """Tell a session's end to its callback URL, if Dataverse would."""
        behaviour = self._behaviour()
        cancelled = session.statuscode == Status.CANCELLED
        timed_out = session.statuscode == Status.TIMED_OUT or session.errorcode == TIMEOUT
        if (
            session.notify_url is None
            or (cancelled and not behaviour.callback_when_cancelled)
            or (timed_out and not behaviour.callback_when_timed_out)
        ):
            return
        for _ in range(behaviour.callback_copies):
            task = asyncio.create_task(self._deliver(session, session.notify_url))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def send(
        self, session: FlowSession, url: str, body: Any = None, *, attempt: int = 1
    ) -> Delivery:
        """Make one attempt; `body` replaces the session's own, as text or as JSON."""
        told = _body(session) if body is None else body
        content = told if isinstance(told, str) else json.dumps(told)
        at = self._clock.now_ms()
        status, problem = None, None
        try:
            answer = await self._client.post(
                url,
                content=content.encode(),
                headers=_headers(session),
                timeout=self._behaviour().callback_timeout_seconds,
            )
            status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = repr(error)
        delivery = Delivery(at, session.id, url, attempt, status, problem)
        self.deliveries.append(delivery)
        return delivery

    async def clear(self) -> None:
        """Give up what is under way, and forget what was delivered."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.deliveries.clear()

    async def close(self) -> None:
        await self.clear()
        await self._client.aclose()

    async def _deliver(self, session: FlowSession, url: str) -> None:
        await asyncio.sleep(self._clock.scaled(self._behaviour().callback_delay_seconds))
        for attempt in range(1, RETRIES + 2):
            await self._gates.callbacks.passed()
            status = (await self.send(session, url, attempt=attempt)).status
            if status is not None and status != REQUEST_TIMEOUT and status < SERVER_ERROR:
                return
            await asyncio.sleep(self._clock.scaled(PAUSE_SECONDS))


def _headers(session: FlowSession) -> Mapping[str, str]:
    return {
        "User-Agent": "EnterpriseConnectors/1.0",
        "Content-Type": "application/json; charset=utf-8",
        "x-ms-workflow-id": session.workflow_id,
        "x-ms-run-id": session.id,
    }


def _body(session: FlowSession) -> dict[str, Any]:
    return {
        "statuscode": session.statuscode,
        "statecode": session.statecode,
        "startedon": iso(session.started_ms),
        "completedon": iso(session.completed_ms),
        "flowsessionid": session.id,
    }
