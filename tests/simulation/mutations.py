"""The app, broken on purpose: one step that keeps a promise left out, while a context lasts.

Each is what somebody might write who has not thought of one thing; the simulation has to find it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from shared.domain import matching
from shared.domain.callback_url import CallbackSigner
from shared.domain.lane import Lane
from shared.domain.run import Run, RunError, RunStatus, again, steps
from shared.domain.run.announcements import end
from shared.domain.run.completion_event import event_text
from shared.domain.run.notification import Delivery
from shared.domain.session import FlowSession, MarkColumn, StatusCode
from shared.domain.window import Pace
from shared.services.announcing.announce import Announce
from shared.services.announcing.notify import Notify
from shared.services.deciding.resolve import Resolve
from shared.services.following import learnt
from shared.services.following.callback import CallbackOutcome, HearCallback
from shared.services.following.confirm import Confirm
from shared.services.submitting import submit
from shared.services.submitting.landing import Claimed, Slot
from shared.services.submitting.submit import Submit
from shared.storage import expired_runs
from shared.storage.keys import KeyTable
from shared.storage.lanes import LaneTable, StoredLane
from shared.storage.rows import Place
from shared.storage.runs import RunTable, StoredRun
from shared.storage.table import Delete, Entity, Insert, Merge, Operation, Replace, Table, Value
from tests.simulation.mutated_histories import claims_missing_in_histories
from tests.simulation.mutated_index import (
    index_is_never_reconciled,
    index_is_told_once,
    index_outlives_its_runs,
)
from tests.simulation.mutated_lanes import (
    entries_taken_for_current,
    lanes_leave_without_looking_back,
    use_of_lanes_not_noted,
)
from tests.simulation.mutated_limits import (
    hold_ignored_by_submissions,
    refusals_spend_slots,
)
from tests.simulation.mutated_telling import (
    ends_noted_before_they_are_told,
    engines_are_told_once,
    leaving_cancels_nothing,
    told_again_without_a_look,
)
from tests.simulation.mutated_waits import (
    group_fails_with_its_member,
    lost_submissions_keep_their_place,
    operators_pause_overlooked,
    refusal_of_the_app_fails_runs,
)

Mutation = Callable[[], AbstractContextManager[Any]]
Transactions = Sequence[Sequence[Operation]]


class _ChangedTable:
    """A table on which a transaction happens as others."""

    def __init__(self, table: Table, change: Callable[[Sequence[Operation]], Transactions]) -> None:
        self._table = table
        self._change = change

    def get(self, partition: str, row: str) -> Entity | None:
        return self._table.get(partition, row)

    def query(
        self, partition: str, after: str, before: str, *, limit: int | None = None
    ) -> list[Entity]:
        return self._table.query(partition, after, before, limit=limit)

    def commit(self, partition: str, operations: Sequence[Operation]) -> Mapping[str, str]:
        etags: dict[str, str] = {}
        for transaction in self._change(operations):
            etags |= self._table.commit(partition, transaction)
        return etags


@contextmanager
def _claims_as(change: Callable[[Sequence[Operation]], Transactions]) -> Iterator[None]:
    """Let claims commit something else than they mean to."""
    claim = LaneTable.claim

    def mutated(
        self: LaneTable, stored: StoredLane, due: Sequence[Place], name: str, **rest: Any
    ) -> bool:
        return claim(LaneTable(_ChangedTable(self._table, change)), stored, due, name, **rest)

    with patch.object(LaneTable, "claim", mutated):
        yield


def claims_without_etag() -> AbstractContextManager[Any]:
    """Claims write the lane whatever has become of it since it was read."""

    def change(operations: Sequence[Operation]) -> Transactions:
        return [
            [
                Merge(each.row, each.properties) if isinstance(each, Replace) else each
                for each in operations
            ]
        ]

    return _claims_as(change)


def due_rows_deleted_before_the_claim() -> AbstractContextManager[Any]:
    """Places in the backlog go in a transaction of their own, before the claim's."""

    def change(operations: Sequence[Operation]) -> Transactions:
        places = [each for each in operations if isinstance(each, Delete)]
        return [places, [each for each in operations if each not in places]]

    return _claims_as(change)


def watch_rows_forgotten() -> AbstractContextManager[Any]:
    """A claim does not arrange for anybody to look at its runs again."""

    def without_watch(properties: Mapping[str, Value]) -> dict[str, Value]:
        return {name: value for name, value in properties.items() if name != "WatchAt"}

    def change(operations: Sequence[Operation]) -> Transactions:
        kept = [each for each in operations if not isinstance(each, Insert)]
        return [
            [
                Merge(each.row, without_watch(each.properties)) if isinstance(each, Merge) else each
                for each in kept
            ]
        ]

    return _claims_as(change)


def last_claim_ignored() -> AbstractContextManager[Any]:
    """A conflict is taken for somebody else's claim, though the SDK may have repeated ours."""
    return patch.object(LaneTable, "_claimed", lambda *_: False)


def cancels_without_etag() -> AbstractContextManager[Any]:
    """A cancellation is written row by row, whatever has become of the run since it was read."""
    change = RunTable.change

    def carelessly(operations: Sequence[Operation]) -> Transactions:
        statuses = [each.properties["Status"] for each in operations if isinstance(each, Replace)]
        if statuses != [RunStatus.CANCELLED]:
            return [operations]
        # The run last: a place that a claim has taken is gone, and nobody minds.
        places = [[each] for each in operations if isinstance(each, Delete)]
        run = [Merge(each.row, each.properties) for each in operations if isinstance(each, Replace)]
        return [run, *places]

    def mutated(self: RunTable, stored: StoredRun, step: Callable[[Run], Run]) -> Run:
        return change(RunTable(_ChangedTable(self._table, carelessly)), stored, step)

    return patch.object(RunTable, "change", mutated)


def settled_from_the_sending_time() -> AbstractContextManager[Any]:
    """Slots free one window after their submission was sent, not after it was answered."""
    send = Submit._send

    def mutated(self: Submit, run: Run, inputs: str | None, claimed: Claimed) -> Any:
        sent_at = self.clock.now()
        verdict = send(self, run, inputs, claimed)
        return replace(verdict, landing=replace(verdict.landing, at=sent_at))

    return patch.object(Submit, "_send", mutated)


def reference_submitted() -> AbstractContextManager[Any]:
    """What is submitted is the name that the caller gave, which Dataverse resolves anew."""
    return patch.object(submit, "_to_the_lane", lambda run, _: run.request)


def requeued_without_confirming() -> AbstractContextManager[Any]:
    """What has no answer is simply submitted again."""

    def requeue(run: Run, claim: str, error: RunError, *, at: int, look_at: int) -> Run:
        del look_at
        return again.requeue(run, claim, at=at, error=error)

    return patch.object(steps, "leave_unconfirmed", requeue)


def absence_believed_at_once() -> AbstractContextManager[Any]:
    """No session found means none, however early Dataverse was asked."""
    return patch.object(Confirm, "proven_at", lambda *_: 0)


def callback_trusted() -> AbstractContextManager[Any]:
    """A callback that names the run's session is evidence enough."""
    call = HearCallback.__call__

    def mutated(self: HearCallback, run_id: str, session_id: str) -> CallbackOutcome:
        stored = self.runs.read(run_id)
        if stored is None or stored.run.flow_session_id != session_id:
            return call(self, run_id, session_id)
        self.record(stored, FlowSession(session_id, StatusCode.SUCCEEDED), by="callback")
        return CallbackOutcome.RECORDED

    return patch.object(HearCallback, "__call__", mutated)


def any_session_adopted() -> AbstractContextManager[Any]:
    """A callback to a run's address may name any session of the environment."""
    return patch.object(CallbackSigner, "owns", lambda *_: True)


def evidence_inexact() -> AbstractContextManager[Any]:
    """A callback URL that is a run's counts as kept, however Dataverse has written it."""

    def lax(run: Run, session: FlowSession, signer: CallbackSigner) -> tuple[MarkColumn, ...]:
        return (MarkColumn.CALLBACK_URL,) if signer.owns(session.callback_url, run.id) else ()

    return patch.object(learnt, "kept", lax)


def resubmitted_without_asking() -> AbstractContextManager[Any]:
    """An operator who wants a run submitted again is believed that nothing works for it."""
    return patch.object(Resolve, "_check_absence", lambda *_: None)


def strangers_adopted() -> AbstractContextManager[Any]:
    """A session that nobody owns is taken for the run's, whatever it was given."""
    return patch.object(matching, "agree", lambda *_: True)


def margin_forgotten() -> AbstractContextManager[Any]:
    """The clocks of two instances are taken to agree."""
    return patch.object(Pace, "answered_hold", property(lambda pace: pace.window))


def unknown_slots_freed() -> AbstractContextManager[Any]:
    """A submission without an answer is taken not to have arrived."""
    unknown = Submit._unknown

    def mutated(self: Submit, claimed: Claimed, error: Any) -> Any:
        verdict = unknown(self, claimed, error)
        return replace(verdict, landing=replace(verdict.landing, slot=Slot.UNSENT))

    return patch.object(Submit, "_unknown", mutated)


def late_wake_up_counts() -> AbstractContextManager[Any]:
    """Any wake-up that is still to come counts as set, however late it comes."""

    def live(lane: Lane, now: int, _: int) -> bool:
        return now < lane.wake_at

    return patch.object(Lane, "has_live_wake_up", live)


def end_left_to_its_announcer() -> AbstractContextManager[Any]:
    """Whoever ends a run is trusted to live until it is told; nobody looks again."""

    def end_unseen(run: Run, status: RunStatus, *, at: int, error: RunError | None = None) -> Run:
        return replace(end(run, status, at=at, error=error), watch_at=None)

    @contextmanager
    def mutated() -> Iterator[None]:
        with patch.object(steps, "end", end_unseen), patch.object(Announce, "__call__", announce):
            yield

    def announce(self: Announce, stored: StoredRun) -> None:
        self.events.send(event_text(stored.run))
        if stored.run.pending_notification is not None:
            self.notifications.send(stored.run.id)

    return mutated()


def failed_delivery_counts() -> AbstractContextManager[Any]:
    """One attempt is enough, whatever the receiver answers."""
    deliver = Notify._deliver

    def mutated(self: Notify, url: str, run_id: str, text: str) -> Delivery:
        deliver(self, url, run_id, text)
        return Delivery()

    return patch.object(Notify, "_deliver", mutated)


def keys_outlive_their_runs() -> AbstractContextManager[Any]:
    """Retention forgets the keys."""
    return patch.object(KeyTable, "release", lambda *_: None)


def age_counted_from_the_start() -> AbstractContextManager[Any]:
    """Runs are removed by when they were made, whether they have ended and been told or not."""
    return patch.object(expired_runs, "_is_over", lambda *_: True)


def inputs_kept() -> AbstractContextManager[Any]:
    """Inputs stay when a run ends."""
    return patch.object(RunTable, "_without_inputs", lambda _self, _before, after: after)


MUTATIONS: dict[str, Mutation] = {
    "claims without the ETag condition": claims_without_etag,
    "cancels without the ETag condition": cancels_without_etag,
    "settling from the sending time": settled_from_the_sending_time,
    "requeue without confirming": requeued_without_confirming,
    "absence believed at once": absence_believed_at_once,
    "callback trusted": callback_trusted,
    "due row deleted before the claim": due_rows_deleted_before_the_claim,
    "watch row forgotten": watch_rows_forgotten,
    "last_claim ignored": last_claim_ignored,
    "any session adopted": any_session_adopted,
    "evidence inexact": evidence_inexact,
    "resubmit without asking": resubmitted_without_asking,
    "strangers adopted": strangers_adopted,
    "margin forgotten": margin_forgotten,
    "unknown slots freed": unknown_slots_freed,
    "late wake-up counts": late_wake_up_counts,
    "end left to its announcer": end_left_to_its_announcer,
    "failed delivery counts": failed_delivery_counts,
    "keys outlive their runs": keys_outlive_their_runs,
    "age counted from the start": age_counted_from_the_start,
    "inputs kept": inputs_kept,
    "refusal of the app fails runs": refusal_of_the_app_fails_runs,
    "requeue at the old place for ever": lost_submissions_keep_their_place,
    "group fails with its member": group_fails_with_its_member,
    "an operator's pause overlooked": operators_pause_overlooked,
    "reference submitted": reference_submitted,
    "ends noted before they are told": ends_noted_before_they_are_told,
    "engines are told once": engines_are_told_once,
    "leaving cancels nothing": leaving_cancels_nothing,
    "told again without a look": told_again_without_a_look,
    "claims missing in histories": claims_missing_in_histories,
    "index is told once": index_is_told_once,
    "index is never reconciled": index_is_never_reconciled,
    "index outlives its runs": index_outlives_its_runs,
    "use of lanes not noted": use_of_lanes_not_noted,
    "entries taken for current": entries_taken_for_current,
    "lanes leave without looking back": lanes_leave_without_looking_back,
    "refusals spend slots": refusals_spend_slots,
    "hold ignored by submissions": hold_ignored_by_submissions,
}
