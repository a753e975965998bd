"""A catalog that a test fills, fails and counts, and what is known of it in a process."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.dataverse.models import ConnectionReference
from shared.domain.errors import BrokerError
from shared.domain.flow import DesktopFlow
from shared.domain.flow_schema import FlowSchema, Side, read_schema
from shared.services.hold import EnvironmentHold
from shared.services.reading.catalog_answers import Answers
from shared.services.reading.flow_schemas import ReadSchemas
from shared.storage.environment import EnvironmentTable
from shared.storage.table import Table
from tests.simulation.table import SimulatedTable
from tests.support.clocks import HandClock
from tests.support.patience import PATIENCE_SECONDS

HOST = "org.crm.dynamics.com"


@dataclass
class FilledCatalog:
    """`error` is raised while it is set; a closed `gate` keeps calls from ending."""

    published: Sequence[DesktopFlow] = ()
    drafts: Sequence[DesktopFlow] = ()
    schemas: dict[tuple[str, Side], FlowSchema | None] = field(default_factory=dict)
    listed: Sequence[ConnectionReference] = ()
    error: Exception | None = None
    asked: Counter[str] = field(default_factory=Counter)
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def flows(self, *, drafts: bool) -> Sequence[DesktopFlow]:
        self._ask("drafts" if drafts else "flows")
        return [*self.published, *self.drafts] if drafts else self.published

    def schema(self, workflow_id: str, side: Side) -> FlowSchema | None:
        self._ask(side)
        return self.schemas.get((workflow_id, side))

    def references(self) -> Sequence[ConnectionReference]:
        self._ask("references")
        return self.listed

    def _ask(self, what: str) -> None:
        self.asked[what] += 1
        self.gate.wait()
        if self.error is not None:
            raise self.error


def hold_of(clock: HandClock, table: Table | None = None) -> EnvironmentHold:
    return EnvironmentHold(EnvironmentTable(table or SimulatedTable(), HOST), clock)


def schemas_of(catalog: FilledCatalog, clock: HandClock) -> ReadSchemas:
    return ReadSchemas(catalog, Answers(hold_of(clock), clock, room=1_000_000))


def inputs_schema(**properties: Any) -> FlowSchema:
    schema = read_schema({"schema": {"properties": properties}})
    assert schema is not None
    return schema


class Question:
    """Answers with its number, or fails as told; a closed gate keeps it from answering."""

    def __init__(self) -> None:
        self.asked = 0
        self.error: BrokerError | None = None
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self) -> int:
        self.asked += 1
        number = self.asked
        assert self.gate.wait(PATIENCE_SECONDS)
        if self.error is not None:
            raise self.error
        return number
