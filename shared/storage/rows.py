"""Rows and their keys, translated to and from the domain's values, in this one place.

Row keys of a lane's partition (docs/architecture.md, "Storage"):
`lane` · `listed` · `listing` · `run:<tail>` · `due:<sort key>:<tail>` · `watch:<when>:<tail>` ·
`session:<flow session id>` · `double:<flow session id>` · `need:<tail>` ·
`waiter:<tail>:<key>` · `data:<tail>:in:<n>`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from typing import Any

from shared.domain.identifiers import tail_of
from shared.domain.instants import from_iso, in_a_key, to_iso
from shared.domain.lane import Lane
from shared.domain.lease import Lease
from shared.domain.minutes import read_minutes
from shared.domain.pause import Pause
from shared.domain.run import Run, RunStatus
from shared.domain.texts import readable
from shared.domain.window import ClaimedSlots, SubmissionWindow
from shared.storage.table import Entity, Value

LANE_ROW = "lane"
PAUSE_LIMIT = 1_000
"""How many characters of a pause's reason are kept."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a lane's backlog: whose, and how many submissions came before."""

    run_id: str
    due_at: int
    attempts: int

    @property
    def row(self) -> str:
        return f"due:{self.due_at:013d}:{tail_of(self.run_id)}"


class Kind(Enum):
    """What a look is for: a session at work, a submission that awaits an answer, an end to tell."""

    SESSION = ""
    SUBMISSION = "Awaits"
    END = "Ended"

    @property
    def marks(self) -> dict[str, Value]:
        """Give the properties of a look's row that say so."""
        return {self.value: True} if self.value else {}


@dataclass(frozen=True, slots=True)
class Watch:
    """A look at a run that is due at `watch_at`."""

    run_id: str
    watch_at: int
    kind: Kind = field(default=Kind.SESSION, compare=False)

    @property
    def ended(self) -> bool:
        """Say whether only the run's end is left to be told."""
        return self.kind is Kind.END

    @property
    def row(self) -> str:
        return f"watch:{self.watch_at:013d}:{tail_of(self.run_id)}"


@dataclass(frozen=True, slots=True)
class Double:
    """A session beyond a run's own of which nobody knows yet that it is over."""

    run_id: str
    session_id: str

    @property
    def row(self) -> str:
        return f"double:{self.session_id}"

    @property
    def properties(self) -> dict[str, Value]:
        return {"Run": tail_of(self.run_id)}


def run_row(run_id: str) -> str:
    return f"run:{tail_of(run_id)}"


def range_of(kind: str) -> tuple[str, str]:
    """Give the bounds of the row keys that begin with `kind` and a colon (`;` follows `:`)."""
    return f"{kind}:", f"{kind};"


def place_of(run: Run) -> Place | None:
    """Give the backlog row that stands for a run: there is one exactly while it is queued."""
    if run.status is not RunStatus.QUEUED:
        return None
    return Place(run.id, in_a_key(run.due_at), run.attempts)


def watch_properties(run: Run) -> dict[str, Value]:
    """Mark the looks at runs without a session at work: they await an answer, or have ended."""
    if run.awaits_answer:
        return Kind.SUBMISSION.marks
    return (Kind.END if run.final else Kind.SESSION).marks


def watch_of(run: Run) -> Watch | None:
    return Watch(run.id, in_a_key(run.watch_at)) if run.watch_at is not None else None


def place_from(lane_id: str, entity: Entity) -> Place:
    _, due_at, tail = entity.row.split(":")
    return Place(f"{lane_id}-{tail}", int(due_at), number_of(entity.properties, "Attempts"))


def watch_from(lane_id: str, entity: Entity) -> Watch:
    _, watch_at, tail = entity.row.split(":")
    kinds = (kind for kind in (Kind.END, Kind.SUBMISSION) if kind.value in entity.properties)
    return Watch(f"{lane_id}-{tail}", int(watch_at), next(kinds, Kind.SESSION))


def watch_of_any_time(lane_id: str, entity: Entity) -> Watch:
    """Read a look, whenever it is: whose it is counts where somebody asks for all of them."""
    return Watch(f"{lane_id}-{entity.row.rpartition(':')[2]}", 0, Kind.SUBMISSION)


def double_from(lane_id: str, entity: Entity) -> Double:
    run_id = f"{lane_id}-{entity.properties['Run']!s}"
    return Double(run_id, entity.row.removeprefix("double:"))


def from_lane(lane: Lane) -> dict[str, Value]:
    window = lane.window
    slots = {
        "answered": window.answered,
        "claimed": [[held.claim, held.count, held.until] for held in window.claimed],
    }
    return {
        "Environment": lane.environment,
        "Connection": lane.connection,
        "Window": json.dumps(slots, separators=(",", ":")),
        "PausedUntil": to_iso(lane.pause.until),
        "Pause": _from_pause(lane.pause),
        "Stopped": _from_pause(lane.stopped),
        "Ended": _from_pause(lane.ended),
        "FinderUntil": to_iso(lane.finder_until),
        "WakeAt": to_iso(lane.wake_at),
        "BackOff": lane.back_off,
        "LastClaim": lane.last_claim,
        "LeaseHolder": lane.lease.holder,
        "LeaseUntil": to_iso(lane.lease.until),
        "Minutes": lane.minutes.text,
    }


def to_lane(lane_id: str, entity: Entity) -> Lane:
    properties = entity.properties
    slots: Any = json.loads(str(properties["Window"]))
    return Lane(
        id=lane_id,
        environment=str(properties["Environment"]),
        connection=str(properties["Connection"]),
        window=SubmissionWindow(
            answered=tuple(slots["answered"]),
            claimed=tuple(ClaimedSlots(*held) for held in slots["claimed"]),
        ),
        pause=_pause(properties.get("Pause"), from_iso(str(properties["PausedUntil"]))),
        stopped=_pause(properties.get("Stopped")),
        ended=_pause(properties.get("Ended")),
        finder_until=from_iso(str(properties.get("FinderUntil", to_iso(0)))),
        wake_at=from_iso(str(properties["WakeAt"])),
        back_off=number_of(properties, "BackOff"),
        last_claim=str(properties["LastClaim"]),
        lease=Lease(
            str(properties.get("LeaseHolder", "")),
            from_iso(str(properties.get("LeaseUntil", to_iso(0)))),
        ),
        minutes=read_minutes(str(properties.get("Minutes", ""))),
    )


def _from_pause(pause: Pause) -> str:
    """Write a pause as a property; its words are others', and may be long."""
    told = asdict(replace(pause, message=readable(pause.message[:PAUSE_LIMIT])))
    return json.dumps(told, separators=(",", ":")) if pause.until else ""


def _pause(value: Value | None, until: int = 0) -> Pause:
    """Read a pause; earlier versions wrote only until when."""
    return Pause(**json.loads(str(value))) if value else Pause(until)


def need_row(run_id: str) -> str:
    """Name the row that says that somebody has to decide about a run."""
    return f"need:{tail_of(run_id)}"


def session_row(session_id: str) -> str:
    """Name the row that says which run a flow session is: no two runs of a lane can own one."""
    return f"session:{session_id}"


def waiter_row(run_id: str, key: str) -> str:
    """Name the row of somebody who waits for a run's end: his address, and what came of telling."""
    return f"waiter:{tail_of(run_id)}:{key}"


def input_row(run_id: str, number: int) -> str:
    return f"data:{tail_of(run_id)}:in:{number:03d}"


def output_row(run_id: str, number: int) -> str:
    return f"data:{tail_of(run_id)}:out:{number:03d}"


def number_of(properties: Mapping[str, Value], name: str) -> int:
    return int(properties.get(name, 0))
