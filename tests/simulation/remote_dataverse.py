"""Dataverse as one process sees it: behind a network that loses requests, answers and patience."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from shared.dataverse.errors import (
    Answer,
    DataverseError,
    NotSentError,
    OutcomeUnknownError,
    ThrottledError,
)
from shared.dataverse.models import ConnectionReference, Submitted
from shared.domain.request import RunRequest
from shared.domain.session import FlowSession
from tests.simulation.dataverse import SimulatedDataverse
from tests.simulation.network import Network
from tests.simulation.scheduler import Process

Result = TypeVar("Result")

ONE_WAY_MS = (15, 250)
GHOST_MS = (1_000, 400_000)


@dataclass(frozen=True, slots=True)
class RemoteDataverse:
    """The Dataverse that the services are given."""

    network: Network
    process: Process
    dataverse: SimulatedDataverse

    def prepare(self) -> None:
        self.process.check()
        if self.network.chaos.strikes(self.network.chaos.rates.never_sent):
            raise NotSentError("no access token")

    def run_desktop_flow(
        self, request: RunRequest, inputs: str | None, callback_url: str | None, *, seconds: float
    ) -> Submitted:
        network, chaos, rates = self.network, self.network.chaos, self.network.chaos.rates
        # A call that has begun measures its own time: what is frozen in it ends by its deadline.
        network.departure(self.process, freezes=False)
        patience = round(seconds * 1000)
        if chaos.strikes(rates.never_sent):
            network.pause(self.process, min(patience, chaos.between(1, 5_000)))
            raise NotSentError("connection refused")
        if chaos.strikes(rates.request_lost):
            network.pause(self.process, min(patience, chaos.between(1, 2 * patience)))
            raise OutcomeUnknownError("the connection broke")
        if chaos.strikes(rates.ghost):
            lateness = chaos.between(*GHOST_MS)
            if chaos.chance.random() < 0.3:  # the process stands still, and hears the late answer
                return network.exchange(
                    self.process,
                    patience + lateness,
                    chaos.between(*ONE_WAY_MS),
                    lambda: self.dataverse.run_desktop_flow(
                        request, inputs, callback_url, lateness
                    ),
                )
            arrive = lambda: self._arrive_late(request, inputs, callback_url, lateness)  # noqa: E731 - named for the reader
            network.scheduler.after(patience + lateness, arrive)
            network.pause(self.process, patience)
            raise OutcomeUnknownError("time-out")
        there, back = chaos.between(*ONE_WAY_MS), chaos.between(*ONE_WAY_MS)
        if chaos.strikes(rates.slow):
            there, back = chaos.between(15, patience), chaos.between(15, 2 * patience)
        return self._submit(
            there,
            back,
            patience,
            lambda: self.dataverse.run_desktop_flow(request, inputs, callback_url),
        )

    def _submit(
        self, there: int, back: int, patience: int, effect: Callable[[], Submitted]
    ) -> Submitted:
        there = min(there, patience - 1)
        in_time = there + back < patience
        rest = back if in_time else patience - there
        lost = self.network.chaos.strikes(self.network.chaos.rates.answer_lost)
        try:
            answer = self.network.exchange(self.process, there, rest, effect)
        except DataverseError as error:
            if lost or not in_time:
                raise OutcomeUnknownError("no answer") from error
            raise
        if lost or not in_time:
            raise OutcomeUnknownError("no answer")
        return answer

    def _arrive_late(
        self, request: RunRequest, inputs: str | None, url: str | None, lateness: int
    ) -> None:
        try:
            self.dataverse.run_desktop_flow(request, inputs, url, lateness)
        except DataverseError:
            return

    def session(self, session_id: str) -> FlowSession:
        return self._read(lambda: self.dataverse.session(session_id))

    def sessions(self, ids: Sequence[str]) -> dict[str, FlowSession]:
        return self._read(lambda: self.dataverse.sessions_by_id(ids))

    def sessions_called_back_at(self, urls: Sequence[str]) -> list[FlowSession]:
        found = self._read(lambda: self.dataverse.sessions_called_back_at(urls))
        self.dataverse.told.update(session.id for session in found)
        return found

    def outputs(self, session_id: str) -> dict[str, Any] | None:
        return self._read(lambda: {"of": self.dataverse.session(session_id).id})

    def connection_reference(self, logical_name: str) -> ConnectionReference | None:
        return self._read(lambda: self.dataverse.connection_reference(logical_name))

    def cancel(self, session_id: str) -> None:
        self._read(lambda: self.dataverse.cancel(session_id))

    def _read(self, effect: Callable[[], Result]) -> Result:
        chaos = self.network.chaos
        self.network.departure(self.process)
        there, back = chaos.between(*ONE_WAY_MS), chaos.between(*ONE_WAY_MS)
        answer = self.network.exchange(self.process, there, back, effect)
        if chaos.strikes(chaos.rates.read_failed):
            throttled = ThrottledError(Answer(429, "0x80072322", "too many requests"), 5.0)
            raise chaos.chance.choice([NotSentError("x"), OutcomeUnknownError("502"), throttled])
        return answer
