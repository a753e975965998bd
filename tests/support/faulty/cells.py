"""Cells of the fault matrix: one kind of call, one way to fail, a lane of its own."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import httpx

from local.emulator.records import SessionSummary, State, Submission
from local.fault_proxy.faults import Fault
from shared.domain.identifiers import lane_id
from tests.support.broker import FINAL, Json, valid_body
from tests.support.faulty.calls import Call, Robot
from tests.support.faulty.network import Failure
from tests.support.faulty.world import World

PATIENCE_SECONDS = 600.0
"""On a busy machine; hundreds of cells share one app."""

PAUSE_SECONDS = 0.25
UNAVAILABLE = 503

Value = TypeVar("Value")


@dataclass
class Cell:
    """A cell, and what came of it: filled in while it runs."""

    call: Call
    failure: Failure
    connection: str
    reference: str = ""
    lane: str = ""
    run_ids: list[str] = field(default_factory=list)
    answers: list[int | str] = field(default_factory=list)
    runs: list[Json] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    sessions: list[SessionSummary] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    hits: int = 0
    seconds: float = 0.0
    problem: str = ""

    @property
    def name(self) -> str:
        return f"{self.call.name}: {self.failure.name}"

    @property
    def key(self) -> str:
        return f"{self.connection}-0"


def run_all(world: World, cells: Sequence[Cell]) -> None:
    """Run the cells side by side, then note what the proxy and Dataverse saw of each.

    Those whose call may be made for several of them come one after the other: else the fault of one
    hits the call of another, which has no second one.
    """
    alone = [cell for cell in cells if cell.call.shared]
    courses = [[cell] for cell in cells if not cell.call.shared] + ([alone] if alone else [])
    with ThreadPoolExecutor(len(courses)) as pool:
        list(pool.map(partial(_run_in_turn, world), courses))
    hits, state = world.network.hits(), world.broker.dataverse.state()
    for cell in cells:
        cell.hits = hits[cell.name]
        _note_dataverse(cell, state)


def _run_in_turn(world: World, course: Sequence[Cell]) -> None:
    for cell in course:
        _run(world, cell)


def _run(world: World, cell: Cell) -> None:
    caller = world.broker.http
    with httpx.Client(
        base_url=caller.base_url, headers=caller.headers, timeout=PATIENCE_SECONDS
    ) as http:
        _Course(world, cell, http).take()


def _note_dataverse(cell: Cell, state: State) -> None:
    cell.sessions = [one for one in state.sessions if one.connection == cell.connection]
    cell.submissions = [one for one in state.submissions if one.connection == cell.connection]


@dataclass(frozen=True)
class _Course:
    """The course of one cell: starts, the end of all runs, what a caller reads then."""

    world: World
    cell: Cell
    http: httpx.Client

    def take(self) -> None:
        started = time.monotonic()
        try:
            self._take()
        except (AssertionError, httpx.HTTPError) as error:
            self.cell.problem = f"{error!r}"
        self.cell.seconds = time.monotonic() - started

    def _take(self) -> None:
        call, cell = self.cell.call, self.cell
        cell.lane = lane_id(self.world.environment, cell.connection)
        fault = replace(call.where, label=cell.name)
        failing = cell.failure.on(fault, times=call.times, late_ms=call.late_ms)
        faults = (*call.after, failing)
        if not call.of_session and not call.reading:
            self._arm(faults)
        with ThreadPoolExecutor(call.runs) as callers:
            cell.run_ids = list(callers.map(self._start, range(call.runs)))
        if call.of_session and not call.reading:
            self._arm(faults, session=self._session())
        self._end_robot()
        self._until_final()
        if call.reading:
            self._arm(faults, session=self._session() if call.of_session else "")
            path = call.reading.replace("{run}", cell.run_ids[0])
            for _ in range(2):
                self._until_ok("GET", path.replace("{connection}", cell.connection))
        cell.runs = [self._until_ok("GET", f"/runs/{run_id}").json() for run_id in cell.run_ids]
        self._until_told()
        cell.left = [row["RowKey"] for row in self.world.watch.rows(cell.lane)]

    def _until_told(self) -> None:
        """Wait until nobody has to look at the lane's runs any more: their ends are told."""

        def told() -> bool:
            rows = self.world.watch.rows(self.cell.lane)
            return not any(row["RowKey"].startswith("watch:") for row in rows)

        _until(told, "an end is told to nobody")

    def _end_robot(self) -> None:
        """End the work of a robot that does not end by itself."""
        cell, network = self.cell, self.world.network
        if cell.call.robot is Robot.QUICK:
            return
        session = self._session()
        if not cell.call.called_back:
            self.world.broker.dataverse.change_session(session, notify_url=None)
        if cell.call.robot is Robot.CANCELLED:
            self._until_ok("POST", f"/runs/{cell.run_ids[0]}/cancel")
            return
        if cell.call.robot is Robot.TOLD_WHEN_HIT:
            _until(lambda: network.hits()[cell.name], "the fault does not hit")
        self.world.broker.dataverse.finish_session(session)

    def _arm(self, faults: Sequence[Fault], session: str = "") -> None:
        cell = self.cell
        names = {
            "{lane}": cell.lane,
            "{wake}": base64.b64encode(cell.lane.encode()).decode(),
            "{connection}": cell.connection,
            "{key}": hashlib.sha256(cell.key.encode()).hexdigest(),
            "{session}": session,
        }
        self.world.network.add(*(_bound(fault, names) for fault in faults))

    def _start(self, number: int) -> str:
        """Start a run as a careful caller does: until it is accepted, under one key."""
        body = valid_body(
            connectionName=self.cell.reference or self.cell.connection,
            connectionType=2 if self.cell.reference else 1,
            inputs={"Number": number, "RunSeconds": 0.3} | self._outcome(),
        )
        key = {"Idempotency-Key": f"{self.cell.connection}-{number}"}
        answer = self._until_ok("POST", "/runs", json=body, headers=key)
        run_id: str = answer.json()["runId"]
        return run_id

    def _outcome(self) -> Json:
        return {} if self.cell.call.robot is Robot.QUICK else {"Outcome": "hang"}

    def _until_ok(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Repeat a request while it is answered 503; note every answer."""
        http = self.http

        def answered() -> httpx.Response | None:
            answer = http.request(method, path, **request)
            self.cell.answers.append(answer.status_code)
            assert answer.is_success or answer.status_code == UNAVAILABLE, answer.text
            return answer if answer.is_success else None

        return _until(answered, f"{method} {path} stays unavailable")

    def _session(self) -> str:
        def recorded() -> str | None:
            runs = self.world.watch.runs(self.cell.lane)
            return next((str(run["FlowSessionId"]) for run in runs if "FlowSessionId" in run), None)

        return _until(recorded, "the run has no session")

    def _until_final(self) -> None:
        def final() -> bool:
            runs = self.world.watch.runs(self.cell.lane)
            ended = [run for run in runs if run["Status"] in FINAL]
            return len(ended) >= len(self.cell.run_ids)

        _until(final, "not all runs are final")


def _bound(fault: Fault, names: dict[str, str]) -> Fault:
    """Put the cell's own names into a fault's patterns."""
    target, body = fault.target or "", fault.body or ""
    for name, value in names.items():
        target, body = target.replace(name, value), body.replace(name, value)
    return replace(fault, target=target or None, body=body or None)


def _until(condition: Callable[[], Value | None], problem: str) -> Value:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not (value := condition()):
        assert time.monotonic() < ends, problem
        time.sleep(PAUSE_SECONDS)
    return value
