"""Worlds with the true times and without chance, in which a test counts what Dataverse is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.domain.run import FINAL, Polling, RunStatus
from shared.domain.session import StatusCode
from shared.domain.window import Pace
from shared.storage.table import Entity
from tests.simulation.chaos import Rates
from tests.simulation.remote_dataverse import RemoteDataverse
from tests.simulation.scenario import Scenario, Weather
from tests.simulation.sessions import Fate
from tests.simulation.wishes import Wish
from tests.simulation.world import World

MINUTE = 60_000
POLLING = Polling(first=120_000, last=600_000)
PACE = Pace(limit=70, window=60_000, deadline=100_000, margin=250)
SUBMISSIONS = "run_desktop_flow"
QUERIES = ("sessions", "sessions_marked", "sessions_since")
CALLS = (SUBMISSIONS, *QUERIES, "session", "inputs", "cancel")
STRIDE = 37
"""Coprime to a hundred: spreads the times that robots work over runs that follow one another."""


@dataclass(frozen=True, slots=True)
class Plain(Scenario):
    """Every robot succeeds, after a share of `works_up_to` that its number decides."""

    def fate(self, token: str, attempt: int) -> Fate:
        del attempt
        share = (int(token[1:]) * STRIDE % 100 + 1) / 100
        return Fate(StatusCode.SUCCEEDED, None, 0, round(share * self.works_up_to))


def plain(wishes: tuple[Wish, ...], **changes: Any) -> Plain:
    """Give a world with the app's default times."""
    usual: dict[str, Any] = {
        "seed": 0,
        "weather": Weather.STORM,
        "instances": 2,
        "lanes": 1,
        "pace": PACE,
        "polling": POLLING,
        "absent": 150_000,
        "concurrency": 48,
        "works_up_to": 30 * MINUTE,
        "refused": (),
        "rates": Rates(),
        "faults_end": 10**9,
        "urls_known": True,
    }
    return Plain(wishes=wishes, **(usual | changes))


def wishes(count: int, *, first: int = 0, lanes: int = 1, at: int = 0) -> tuple[Wish, ...]:
    return tuple(Wish(f"w{n}", at, n % lanes, f"key-{n}") for n in range(first, first + count))


@dataclass
class Life:
    """A world as it goes on: when Dataverse was asked what, and when runs were final (ms).

    `fails`: given a call's name and time, the error that it ends with instead of being done.
    """

    world: World
    asked: list[tuple[int, str]] = field(default_factory=list)
    final_at: dict[str, int] = field(default_factory=dict)
    fails: Callable[[str, int], Exception | None] = lambda *_: None
    on_final: Callable[[], None] = lambda: None

    @property
    def now(self) -> int:
        return self.world.scheduler.now

    def live(self, until: int) -> None:
        """Let time pass; every promise that is checked as things happen has to hold."""
        self.world.scheduler.run(until)
        assert not self.world.promises.broken

    def rest(self) -> None:
        """Check what has to hold at the end: every run final, one session each, nothing left."""
        world = self.world
        world.promises.check_rest(world.table, world.dataverse, world.clients, world.receivers)
        assert not world.promises.broken
        assert len(self.final_at) == len(world.scenario.wishes)

    def count(self, begins: int, ends: int, *names: str) -> int:
        """Count the calls in a time, of these names or all."""
        return sum(begins <= at < ends and (not names or name in names) for at, name in self.asked)

    def ends(self, begins: int, ends: int) -> int:
        """Count the sessions that ended in a time."""
        sessions = self.world.dataverse.sessions.values()
        return sum(begins <= session.ends_at < ends for session in sessions)

    def statuses(self) -> list[str]:
        return [str(run["Status"]) for run in self.world.promises.runs.values()]

    def watch(self, partition: str, changes: Mapping[str, Entity | None]) -> None:
        for row, entity in changes.items():
            if row.startswith("run:") and entity is not None:
                run_id = f"{partition}-{row.removeprefix('run:')}"
                if RunStatus(str(entity.properties["Status"])) in FINAL:
                    self.final_at.setdefault(run_id, self.now)
                    self.on_final()


def begin(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> Life:
    """Open a world; its instances are there, and its clients have begun."""
    life = Life(World(scenario))

    def noting(name: str) -> Callable[..., Any]:
        call = getattr(RemoteDataverse, name)

        def noted(self: RemoteDataverse, *arguments: Any, **named: Any) -> Any:
            life.asked.append((life.now, name))
            error = life.fails(name, life.now)
            if error is not None:
                counted = name == SUBMISSIONS
                with self._counted(arguments[0].connection_name) if counted else nullcontext():
                    self.network.pause(self.process, 50)
                    raise error
            return call(self, *arguments, **named)

        return noted

    for name in CALLS:
        monkeypatch.setattr(RemoteDataverse, name, noting(name))
    life.world.table.watchers.append(life.watch)
    life.world.host.open(scenario.instances)
    life.world.clients.begin(scenario.wishes)
    return life
