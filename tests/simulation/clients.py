"""The callers: each wants a run, and asks again until it is told that it was accepted."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from shared.domain.request import ConnectionType, RunMode, RunPriority, RunRequest, StartRequest
from shared.domain.run import Run
from shared.domain.wait_request import WaitRequest
from shared.services.starting.start import KeyReusedError, Started
from shared.services.starting.wait import Awaited
from shared.storage.table import StorageError
from shared.triggers.provider import Services
from tests.simulation.chaos import Chaos
from tests.simulation.engines import Engines, address_of
from tests.simulation.history import History
from tests.simulation.host import Host
from tests.simulation.messages import Messages
from tests.simulation.scheduler import Scheduler
from tests.simulation.sessions import WORKFLOW
from tests.simulation.wishes import Wish

ASK_AGAIN_MS = (500, 15_000)


@dataclass(slots=True)
class Clients:
    """`accepted`: the run that each wish was answered with; `open`: wishes without an answer;
    `cancelled`: those that were taken back; `made`: those with a key whose run was told to be new.
    """

    scheduler: Scheduler
    chaos: Chaos
    chance: random.Random
    history: History
    host: Host
    requests: Messages
    engines: Engines
    accepted: dict[str, str] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    contradictions: list[str] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    _asked: dict[str, int] = field(default_factory=dict)

    def begin(self, wishes: tuple[Wish, ...]) -> None:
        for wish in wishes:
            self.ask(wish, wish.at)

    def ask(self, wish: Wish, at: int) -> None:
        """Have a wish asked for at a time of the simulation (ms)."""
        self.open.add(wish.name)
        self.scheduler.at(at, partial(self._ask, wish))

    def _ask(self, wish: Wish) -> None:
        if wish.by_message:
            self.open.discard(wish.name)  # a message that was taken is as good as an answer
            self.requests.put(self._message(wish))
            return
        if self.chaos.strikes(self.chaos.rates.client_twice) and wish.key is not None:
            self._send(wish)
        self._send(wish)
        if wish.reuses_key and wish.key is not None:
            self._reuse_key(wish)

    def _send(self, wish: Wish) -> None:
        request = self._request(wish)

        def done(result: object) -> None:
            lost = self.chaos.strikes(self.chaos.rates.client_answer_lost)
            self.history.tell("client", f"{wish.name} is answered {_short(result)}, lost: {lost}")
            self._note_if_new(wish, result)
            if lost or not isinstance(result, Started | Awaited):
                self._ask_again(wish)
                return
            run_id = result.run.id
            if isinstance(result, Awaited):
                self.engines.wait(wish, result)
            before = self.accepted.setdefault(wish.name, run_id)
            if before != run_id and wish.key is not None:
                self.contradictions.append(f"{wish.name} was given {before} and {run_id}")
            self.open.discard(wish.name)
            if wish.cancels_after is not None and wish.name not in self.cancelled:
                self.cancelled.add(wish.name)
                self.scheduler.after(wish.cancels_after, partial(self._cancel, run_id))

        def died() -> None:
            self._ask_again(wish)

        if not self.host.call(self._start(wish, request), done, died):
            self._ask_again(wish)

    def _start(self, wish: Wish, request: StartRequest) -> Callable[[Services], object]:
        if not wish.waits:
            return lambda services: services.start(request, wish.key)
        waits = WaitRequest(request, address_of(wish.name), wish.cancels)
        return lambda services: services.start_and_wait(waits, wish.key or "")

    def _note_if_new(self, wish: Wish, result: object) -> None:
        """Note that a start made its run: of those with one key only one may say so."""
        if isinstance(result, Started) and result.new and wish.key is not None:
            if wish.name in self.made:
                self.contradictions.append(f"{wish.name} was made twice")
            self.made.add(wish.name)

    def _ask_again(self, wish: Wish) -> None:
        if wish.name in self.open:
            self.scheduler.after(self.chaos.between(*ASK_AGAIN_MS), lambda: self._send(wish))

    def _cancel(self, run_id: str) -> None:
        """Cancel a run, again and again until somebody says what became of that."""

        def again() -> None:
            self.scheduler.after(self.chaos.between(*ASK_AGAIN_MS), partial(self._cancel, run_id))

        def done(result: object) -> None:
            self.history.tell("client", f"cancelled {run_id[-8:]} -> {_short(result)}")
            if isinstance(result, StorageError):
                again()

        if not self.host.call(lambda services: services.cancel(run_id), done, again):
            again()

    def _reuse_key(self, wish: Wish) -> None:
        """Ask for something else under the same key, after the answer: it has to be refused."""
        other = StartRequest(self._request(wish).run, '{"token":"other"}')

        def done(result: object) -> None:
            self.history.tell("client", f"reuses the key of {wish.name} -> {_short(result)}")
            if isinstance(result, Started):
                self.contradictions.append(f"the key of {wish.name} served another request")

        def ask() -> None:
            if wish.name in self.open:
                self.scheduler.after(10_000, ask)
            else:
                self.host.call(lambda services: services.start(other, wish.key), done, _nothing)

        ask()

    def _request(self, wish: Wish) -> StartRequest:
        """Write the request; without a key, one that is made again asks for a run of its own."""
        asked = self._asked[wish.name] = self._asked.get(wish.name, -1) + 1
        own = wish.key is not None or wish.by_message
        token = wish.name if own else f"{wish.name}.{asked}"
        kind = ConnectionType.REFERENCE if wish.by_reference else ConnectionType.CONNECTION
        name = f"reference-{wish.lane}" if wish.by_reference else f"connection-{wish.lane}"
        run = RunRequest(
            workflow_id=WORKFLOW,
            connection_name=name,
            connection_type=kind,
            run_mode=RunMode.UNATTENDED,
            run_priority=RunPriority.HIGH if wish.high else None,
            retries=wish.retries,
            correlation_id=token,
            notify_url=wish.notify_url,
        )
        return StartRequest(run, json.dumps({"token": token}))

    def _message(self, wish: Wish) -> str:
        """Write the request as a message, with the field names of the HTTP API."""
        request = self._request(wish)
        run = request.run
        fields = {
            "idempotencyKey": wish.key,
            "workflowId": run.workflow_id,
            "connectionName": run.connection_name,
            "connectionType": run.connection_type,
            "runMode": run.run_mode,
            "runPriority": run.run_priority,
            "retries": run.retries,
            "correlationId": run.correlation_id,
            "notifyUrl": run.notify_url,
            "inputs": request.inputs,
        }
        return json.dumps({name: value for name, value in fields.items() if value is not None})


def _short(result: object) -> str:
    if isinstance(result, Awaited):
        return f"{_short(result.run)}, awaited"
    if isinstance(result, Started):
        return f"{_short(result.run)}{', new' if result.new else ''}"
    if isinstance(result, Run):
        return f"{result.id[-8:]} {result.status.value}"
    return "422" if isinstance(result, KeyReusedError) else repr(result)


def _nothing() -> None:
    return
