"""Dataverse as one process sees it: behind a network that loses requests, answers and patience."""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from shared.dataverse.errors import (
    Answer,
    AnsweredError,
    AppRefusedError,
    DataverseError,
    NotSentError,
    OutcomeUnknownError,
    ThrottledError,
)
from shared.dataverse.models import ConnectionReference, Submitted
from shared.domain.allowance import Allowance
from shared.domain.request import RunRequest
from shared.domain.session import FlowSession, Mark
from tests.simulation.chaos import Service
from tests.simulation.clock import SimulatedClock
from tests.simulation.dataverse import SimulatedDataverse
from tests.simulation.network import LateError, Network, Trip
from tests.simulation.protection import CODES, TOO_MANY
from tests.simulation.scheduler import Process

Result = TypeVar("Result")

ONE_WAY_MS = (15, 250)
SLOW_READ_MS = (15, 7_000)
GHOST_MS = (1, 400_000)
HEARD_LATE = 0.3
LONGEST_SERVED_MS = 120_000
"""After so long Dataverse gives a call up that never comes to an end."""


@dataclass(slots=True)
class RemoteDataverse:
    """The Dataverse that the services are given."""

    network: Network
    process: Process
    dataverse: SimulatedDataverse
    clock: SimulatedClock
    _told: Allowance | None = field(default=None, init=False)

    def prepare(self) -> None:
        self.process.check()
        if self.network.chaos.strikes(self.network.chaos.rates.never_sent):
            raise NotSentError("no access token")

    def ahead(self) -> int | None:
        return self.dataverse.ahead()

    def allowance(self) -> Allowance | None:
        return self._told

    def run_desktop_flow(
        self,
        request: RunRequest,
        inputs: str | None,
        callback_url: str | None,
        *,
        submission_id: str,
        seconds: float,
    ) -> Submitted:
        with self._counted(request.connection_name):
            return self._run(request, inputs, callback_url, submission_id, seconds)

    @contextmanager
    def _counted(self, connection: str) -> Iterator[None]:
        """Count a submission under way, and the slot that it spends if its answer says so."""
        calls = self.dataverse.calls[connection]
        number = calls.begin(self.network.scheduler.now)
        try:
            yield
            calls.spent += 1
        except AnsweredError as error:
            refused = isinstance(error, AppRefusedError) or error.answer.code in CODES
            calls.spent += not refused
            raise
        finally:
            calls.end(number)

    def _run(
        self,
        request: RunRequest,
        inputs: str | None,
        callback_url: str | None,
        submission_id: str,
        seconds: float,
    ) -> Submitted:
        network, chaos, rates = self.network, self.network.chaos, self.network.chaos.rates
        # A call that has begun measures its own time: what is frozen in it ends by its deadline.
        ends = network.scheduler.now + round(seconds * 1000)
        network.departure(self.process, freezes=False)
        patience = ends - network.scheduler.now
        if patience <= 0:
            raise NotSentError("time-out")
        if chaos.is_down(Service.DATAVERSE) or chaos.strikes(rates.never_sent):
            network.pause(self.process, min(patience, chaos.between(1, 5_000)))
            raise NotSentError("connection refused")
        if chaos.strikes(rates.request_lost):
            network.pause(self.process, min(patience, chaos.between(1, 2 * patience)))
            raise OutcomeUnknownError("the connection broke")
        lateness = self._lateness()
        served = self._served(request.connection_name, patience)

        def submit() -> Submitted:
            self._let_in(served)
            return self.dataverse.run_desktop_flow(
                request, inputs, callback_url, lateness, submission_id
            )

        if lateness is not None:
            return self._submit_late(patience + lateness, patience, submit)
        there, back = chaos.between(*ONE_WAY_MS), chaos.between(*ONE_WAY_MS)
        if chaos.strikes(rates.slow):
            there, back = chaos.between(15, patience), chaos.between(15, 2 * patience)
        return self._submit(Trip(min(there, patience - 1), served, back), patience, submit)

    def _let_in(self, service: int) -> None:
        """Refuse the app while nobody knows it, and its user when it asks for too much."""
        if self.network.chaos.is_down(Service.IDENTITY):
            raise AppRefusedError(Answer(401, "", "Unauthorized"))
        self.dataverse.protection.admit(service)

    def _served(self, connection: str, patience: int) -> int:
        """Choose how long Dataverse works on a submission (ms)."""
        scenario, network = self.dataverse.scenario, self.network
        hang = scenario.hangs(connection, network.scheduler.now)
        if hang is None:
            return _about(scenario.submits_for, network.chaos.chance)
        network.history.tell("dataverse", f"lets a call of {connection} hang")
        if hang.silent:
            return max(patience, LONGEST_SERVED_MS)
        return network.chaos.chance.randint(patience // 4, patience)

    def _hear(self) -> None:
        """Read what an answer says that is left to the user."""
        protection = self.dataverse.protection
        remaining = protection.remaining()
        if remaining is not None:
            self._told = Allowance(remaining, self.clock.now(), protection.seconds_left())

    def _submit(self, trip: Trip, patience: int, effect: Callable[[], Submitted]) -> Submitted:
        lost = self.network.chaos.strikes(self.network.chaos.rates.answer_lost)
        try:
            answer = self.network.ask(self.process, trip, effect, patience)
        except LateError as error:
            raise OutcomeUnknownError("no answer") from error
        except DataverseError as error:
            if lost:
                raise OutcomeUnknownError("no answer") from error
            self._hear()
            raise
        if lost:
            raise OutcomeUnknownError("no answer")
        self._hear()
        return answer

    def _lateness(self) -> int | None:
        """Choose how long after its sender's patience a submission arrives; None: within it."""
        chaos, absent = self.network.chaos, self.dataverse.scenario.absent
        if chaos.strikes(chaos.rates.belated):
            return chaos.chance.randint(1, absent - 2_000)
        if chaos.strikes(chaos.rates.ghost):
            return absent + chaos.between(*GHOST_MS)
        return None

    def _submit_late(self, there: int, patience: int, effect: Callable[[], Submitted]) -> Submitted:
        """Send what arrives late; its sender has given up, or stood still and hears the answer."""
        network, chaos = self.network, self.network.chaos
        if chaos.chance.random() < HEARD_LATE:
            return network.exchange(self.process, there, chaos.between(*ONE_WAY_MS), effect)
        network.scheduler.after(there, lambda: _ignoring_answers(effect))
        network.pause(self.process, patience)
        raise OutcomeUnknownError("time-out")

    def session(self, session_id: str) -> FlowSession:
        return self._read(lambda: self.dataverse.session(session_id))

    def sessions(self, ids: Sequence[str]) -> dict[str, FlowSession]:
        return self._read(lambda: self.dataverse.sessions_by_id(ids))

    def sessions_marked(self, marks: Sequence[Mark]) -> list[FlowSession]:
        found = self._read(lambda: self.dataverse.sessions_marked(marks))
        self.dataverse.told.update(session.id for session in found)
        return found

    def sessions_since(self, workflow_id: str, created_from: int) -> list[FlowSession]:
        found = self._read(lambda: self.dataverse.sessions_since(workflow_id, created_from))
        self.dataverse.told.update(session.id for session in found)
        return found

    def inputs(self, session_id: str) -> dict[str, Any] | None:
        return self._read(lambda: self.dataverse.inputs(session_id))

    def outputs(self, session_id: str) -> dict[str, Any] | None:
        return self._read(lambda: {"of": self.dataverse.session(session_id).id})

    def connection_reference(self, logical_name: str) -> ConnectionReference | None:
        return self._read(lambda: self.dataverse.connection_reference(logical_name))

    def cancel(self, session_id: str) -> None:
        self._read(lambda: self.dataverse.cancel(session_id))

    def _read(self, effect: Callable[[], Result]) -> Result:
        chaos = self.network.chaos
        self.network.departure(self.process)
        one_way = SLOW_READ_MS if chaos.strikes(chaos.rates.slow) else ONE_WAY_MS
        there, back = chaos.between(*one_way), chaos.between(*one_way)
        if chaos.is_down(Service.DATAVERSE):
            self.network.pause(self.process, there)
            raise NotSentError("connection refused")

        served = _about(self.dataverse.scenario.reads_for, chaos.chance)

        def admitted() -> Result:
            self._let_in(served)
            self.dataverse.protection.strike("a look")
            return effect()

        try:
            answer = self.network.ask(self.process, Trip(there, served, back), admitted)
        finally:
            self._hear()
        if chaos.strikes(chaos.rates.read_failed):
            throttled = ThrottledError(Answer(429, TOO_MANY, "too many requests"), 5.0)
            raise chaos.chance.choice([NotSentError("x"), OutcomeUnknownError("502"), throttled])
        return answer


def _about(ms: int, chance: random.Random) -> int:
    """Choose a time that is half as long or as long again at the most."""
    return chance.randint(ms // 2, ms + ms // 2) if ms else 0


def _ignoring_answers(effect: Callable[[], object]) -> None:
    try:
        effect()
    except DataverseError:
        return
