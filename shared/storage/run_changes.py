"""What a step of a run changes beside its row: the rows that follow from two states of it."""

from shared.domain.identifiers import tail_of
from shared.domain.run import Run
from shared.storage import rows
from shared.storage.table import Delete, Insert, Operation


def operations_between(before: Run | None, after: Run) -> list[Operation]:
    """Write the difference between the rows that stand for two states of one run."""
    operations: list[Operation] = []
    old_due, new_due = (rows.place_of(run) if run else None for run in (before, after))
    if old_due != new_due:
        operations += [Delete(old_due.row)] if old_due else []
        operations += [Insert(new_due.row, {"Attempts": new_due.attempts})] if new_due else []
    old_watch, new_watch = (rows.watch_of(run) if run else None for run in (before, after))
    if old_watch != new_watch:
        operations += [Delete(old_watch.row)] if old_watch else []
        marks = rows.watch_properties(after)
        operations += [Insert(new_watch.row, marks)] if new_watch else []
    old_need, new_need = (bool(run and run.needs_operator_at) for run in (before, after))
    if old_need != new_need:
        row = rows.need_row(after.id)
        operations.append(Insert(row, {}) if new_need else Delete(row))
    if before:
        gone = range(after.input_entities, before.input_entities)
        operations += [Delete(rows.input_row(after.id, number)) for number in gone]
    owner = {"Run": tail_of(after.id)}
    sessions = new_sessions(before, after)
    operations += [Insert(rows.session_row(each), owner) for each in sessions]
    noted = before.double_sessions if before else ()
    doubles = (rows.Double(after.id, each) for each in after.double_sessions if each not in noted)
    operations += [Insert(double.row, double.properties) for double in doubles]
    return operations


def new_sessions(before: Run | None, after: Run) -> list[str]:
    """List the flow sessions that the run did not have before, its doubles among them."""
    known = {*before.sessions} if before else set()
    return [each for each in after.sessions if each not in known]
