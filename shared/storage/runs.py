"""The runs: started, read, changed step by step.

Everything of a lane shares a partition, so one transaction moves a run, its place in the backlog
and the look that is due at it. Which rows a run has follows from the run itself (rows.py), so a
step is: read the run, work out the run after it, write the difference.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from shared.domain.identifiers import lane_of, tail_of
from shared.domain.request import StartRequest
from shared.domain.run import Run
from shared.domain.run.history import begun, noted
from shared.domain.run.steps import queue
from shared.domain.trace import kept_trace
from shared.storage import rows, run_rows, tolerant
from shared.storage.chunks import pack, packed_size, unpack
from shared.storage.run_changes import new_sessions, operations_between
from shared.storage.table import (
    ConflictError,
    Entity,
    Insert,
    Operation,
    Replace,
    SessionTakenError,
    StorageUnavailableError,
    Table,
    UnreadableRowError,
)

ATTEMPTS = 20

KEPT_OUTPUTS_LIMIT_BYTES = 2_500_000
"""How much of outputs is kept, compressed: they have to fit into one transaction."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run as it was read; a change of it holds only while `etag` does."""

    run: Run
    etag: str


class NotMadeError(StorageUnavailableError):
    """A run was neither made nor found: what is written beside it has a condition that fails."""


class Inserted(NamedTuple):
    """A run that is queued, and whether it was `new`: if not, it was found under its id."""

    run: Run
    new: bool


Told = Callable[[StoredRun], None]
"""Hears of a run that has ended."""

Moved = Callable[[Run, Run], None]
"""Hears of a step of a run: how it was before, and how it is after."""


class RunTable:
    """Every method raises StorageUnavailableError, and UnreadableRowError where one run is read.

    `keep_inputs`: whether a run that has ended keeps them. `told` hears of each run that was ended
    here, whichever verb it was that ended it, and `moved` of each step; they raise nothing.
    """

    def __init__(
        self,
        table: Table,
        *,
        keep_inputs: bool = False,
        told: Told | None = None,
        moved: Moved | None = None,
    ) -> None:
        self._table = table
        self._keep_inputs = keep_inputs
        self._told, self._moved = told, moved

    def telling(self, told: Told) -> "RunTable":
        """Give the same table to somebody who wants to hear of the runs that he ends."""
        return RunTable(self._table, keep_inputs=self._keep_inputs, told=told, moved=self._moved)

    def moving(self, moved: Moved) -> "RunTable":
        """Give the same table to somebody who wants to hear of each step that he takes."""
        return RunTable(self._table, keep_inputs=self._keep_inputs, told=self._told, moved=moved)

    def insert(
        self,
        run_id: str,
        request: StartRequest,
        key_digest: str | None = None,
        connection: str | None = None,
        beside: Sequence[Operation] = (),
    ) -> Inserted:
        """Queue a new run; one that exists under this id is the same request's, and is given.

        `connection`: what the request's connection name stands for, and the lane is of. `beside`:
        what else is written with it. Raises NotMadeError if that has a condition that fails.
        """
        entities = pack(request.inputs) if request.inputs is not None else []
        run = begun(
            queue(
                run_id,
                request.run,
                input_entities=len(entities),
                key_digest=key_digest,
                connection=connection,
                traceparent=kept_trace(run_id, request.caller.trace),
            )
        )
        operations: list[Operation] = [
            Insert(rows.run_row(run_id), run_rows.from_run(run)),
            *operations_between(None, run),
            *beside,
        ]
        operations += [
            Insert(rows.input_row(run_id, number), properties)
            for number, properties in enumerate(entities)
        ]
        try:
            self._table.commit(lane_of(run_id), operations)
        except ConflictError:
            # Ours, made by an earlier try of this request or by the SDK's own repetition.
            stored = self.read(run_id)
            if stored is None:
                raise NotMadeError("the run was neither made nor found") from None
            return Inserted(stored.run, new=False)
        return Inserted(run, new=True)

    def read(self, run_id: str) -> StoredRun | None:
        entity = self._table.get(lane_of(run_id), rows.run_row(run_id))
        return None if entity is None else tolerant.one(lane_of(run_id), entity, stored_run)

    def those(self, ids: Iterable[str]) -> list[Run]:
        """Read runs one by one; leave out those that cannot be read, or are gone."""
        found = []
        for each in ids:
            try:
                stored = self.read(each)
            except UnreadableRowError:
                continue  # told where it was read
            found += [stored.run] if stored else []
        return found

    def read_inputs(self, run: Run) -> str | None:
        """Read the inputs as the JSON text that Dataverse is sent; None where there are none."""
        return self._read_text(run, "in", run.input_entities)

    def read_outputs(self, run: Run) -> str | None:
        """Read the outputs that were kept of a run, as JSON text; None where it had none."""
        return self._read_text(run, "out", run.output_entities or 0)

    def _read_text(self, run: Run, kind: str, entities: int) -> str | None:
        if entities == 0:
            return None
        first, before = rows.range_of(f"data:{tail_of(run.id)}:{kind}")
        found = self._table.query(lane_of(run.id), first, before)
        if len(found) != entities:  # the run has changed since it was read: inputs go at its end
            raise StorageUnavailableError(f"texts of run {run.id} are gone")
        return tolerant.one(lane_of(run.id), found[0], lambda *_: unpack(found))

    def keep_outputs(self, stored: StoredRun, outputs: str | None) -> None:
        """Keep the outputs of a final run, unless they are too long, or were kept meanwhile."""
        entities = pack(outputs) if outputs is not None else []
        if packed_size(entities) > KEPT_OUTPUTS_LIMIT_BYTES:
            return
        found: StoredRun | None = stored
        for _ in range(ATTEMPTS):
            if found is None or found.run.output_entities is not None:
                return
            run = replace(found.run, output_entities=len(entities))
            operations: list[Operation] = [
                Replace(rows.run_row(run.id), run_rows.from_run(run), found.etag),
                *(Insert(rows.output_row(run.id, n), each) for n, each in enumerate(entities)),
            ]
            try:
                self._table.commit(lane_of(run.id), operations)
            except ConflictError:
                found = self.read(run.id)  # its end was announced meanwhile, or they were kept
            else:
                return

    def change(
        self,
        stored: StoredRun,
        step: Callable[[Run], Run],
        beside: Callable[[Run], Sequence[Operation]] = lambda _: (),
    ) -> Run:
        """Take a step with a run, as often as others come between; give the run after it.

        A step that gives the run back unchanged writes nothing. `step` is called again with the
        run as it is by then, so it sees its own success if the SDK repeated the transaction.
        `beside`: what else is written with the step, by the run before it.
        Raises SessionTakenError if the step takes a flow session that another run has.
        """
        tried: tuple[Run, Run] | None = None
        for _ in range(ATTEMPTS):
            before = stored.run
            after = noted(before, self._without_inputs(before, step(before)))
            if after == before:
                if tried is not None and tried[1] == before:
                    self._tell(tried[0], stored)  # this is what was tried: it had succeeded
                return after
            operations: list[Operation] = [
                Replace(rows.run_row(after.id), run_rows.from_run(after), stored.etag),
                *operations_between(before, after),
                *beside(before),
            ]
            try:
                etags = self._table.commit(lane_of(after.id), operations)
            except ConflictError:
                tried, stored = (before, after), self._after_conflict(stored, after)
            else:
                self._tell(before, StoredRun(after, etags[rows.run_row(after.id)]))
                return after
        raise StorageUnavailableError(f"run {stored.run.id} changes too often")

    def _without_inputs(self, before: Run, after: Run) -> Run:
        """Let go of the inputs of a run that ends."""
        ends = after.final and not before.final
        return replace(after, input_entities=0) if ends and not self._keep_inputs else after

    def _tell(self, before: Run, after: StoredRun) -> None:
        if self._moved is not None:
            self._moved(before, after.run)
        if self._told is not None and after.run.final and not before.final:
            self._told(after)

    def owner_of(self, lane_id: str, session_id: str) -> str | None:
        """Give the id of the run of this lane that has or had a flow session."""
        found = self._table.get(lane_id, rows.session_row(session_id))
        return None if found is None else f"{lane_id}-{found.properties['Run']!s}"

    def _after_conflict(self, stored: StoredRun, after: Run) -> StoredRun:
        """Read a run again; if it is as it was, the conflict may be about its new session."""
        found = self.read(after.id)
        if found is None:
            raise StorageUnavailableError(f"run {after.id} is gone")
        if found.etag == stored.etag:
            for session_id in new_sessions(stored.run, after):
                if self.owner_of(lane_of(after.id), session_id) is not None:
                    raise SessionTakenError(f"flow session {session_id} is another run's")
        return found


def stored_run(lane_id: str, entity: Entity) -> StoredRun:
    """Read a run from its row."""
    return StoredRun(run_rows.to_run(lane_id, entity), entity.etag)
