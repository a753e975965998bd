"""The services, put together from parts: Azure's (composition.py), or the simulation's.

This is the one place that knows every service, with foundation.py, which has what several of them
stand on. What the simulation proves is this very wiring.
"""

from shared.domain.shelf import Shelf
from shared.foundation import Foundation
from shared.parts import Parts
from shared.policy import Policy
from shared.pump_assembly import pump
from shared.services.announcing.attempt import Attempt
from shared.services.announcing.deliver import Deliver
from shared.services.announcing.notify import Notify
from shared.services.announcing.silent_receivers import SilentReceivers
from shared.services.announcing.subscribe import ListSubscriptions, Subscribe, Unsubscribe
from shared.services.announcing.tell_again import TellAgain
from shared.services.deciding.cancel import Cancel
from shared.services.deciding.leave import LeaveWait
from shared.services.deciding.messages import DecideAboutMessages
from shared.services.deciding.pause import PauseLane, ResumeLane
from shared.services.deciding.resolve import Resolve
from shared.services.following.callback import CallbackOutcome, HearCallback
from shared.services.following.callback_limits import CallbackLimits
from shared.services.following.poll import Poll
from shared.services.following.record import Record
from shared.services.following.shared_looks import SharedLooks
from shared.services.following.shared_query import SharedQuery
from shared.services.reading.attention import ReadAttention
from shared.services.reading.catalog_answers import Answers
from shared.services.reading.connection_list import ListConnections
from shared.services.reading.ending import ReadEnding
from shared.services.reading.engines import ReadEngines
from shared.services.reading.flows import ListFlows
from shared.services.reading.index_listing import IndexedRuns
from shared.services.reading.lane_views import ViewLanes
from shared.services.reading.listing import ListRuns
from shared.services.reading.messages import ReadMessages
from shared.services.reading.outputs import ReadOutputs
from shared.services.reading.read import Read
from shared.services.reading.watch import Watch
from shared.services.rounds.measure import Measure
from shared.services.rounds.reconcile import Reconcile
from shared.services.rounds.retain import Retain
from shared.services.rounds.survey import Survey
from shared.services.rounds.sweep import Sweep
from shared.services.starting.ingest import Ingest
from shared.services.starting.input_check import CheckInputs
from shared.services.starting.start import Start
from shared.services.starting.start_batch import StartBatch
from shared.services.starting.wait import StartAndWait
from shared.storage.expired_runs import ExpiredRuns
from shared.storage.run_lists import RunLists
from shared.storage.used_connections import UsedConnections
from shared.storage.waiters import WaiterTable
from shared.triggers.provider import Services


def assemble(parts: Parts, policy: Policy) -> Services:
    """Put the services together; nothing is called yet, so this cannot fail."""
    made = Foundation(parts, policy)
    parts = made.parts  # whose calls to Dataverse are counted
    clock, dataverse = parts.clock, parts.dataverse
    runs, lanes, record = made.runs, made.lanes, made.record(made.runs, dataverse)
    start, read = _start(made), Read(runs)
    views, outputs = ViewLanes(lanes, made.states, clock, policy.pace), ReadOutputs(runs, dataverse)
    cancel = Cancel(runs, dataverse, record, clock)
    waiters, silent = WaiterTable(parts.table, runs), SilentReceivers(clock)
    ending = ReadEnding(outputs, made.hold, CallbackLimits(clock), clock)
    return Services(
        read_messages=ReadMessages(parts.shelves),
        messages=_messages(parts),
        start=start,
        start_batch=StartBatch(start, parts.crews),
        ingest=Ingest(start, parts.rejections),
        read=read,
        watch=Watch(read, views, ReadEngines(waiters), made.changes),
        list_runs=_list_runs(made),
        cancel=cancel,
        resolve=Resolve(runs, lanes, dataverse, record, made.confirm(runs, dataverse), clock),
        read_outputs=outputs,
        hear_callback=_hear_callback(made, record),
        lanes=views,
        attention=_attention(made, views),
        list_flows=ListFlows(parts.catalog, Answers(made.hold, clock, room=2)),
        read_schemas=made.schemas,
        list_connections=_list_connections(made),
        pause_lane=PauseLane(lanes, made.keep_state, clock),
        resume_lane=ResumeLane(lanes, made.keep_state, made.waker),
        callback_limits=CallbackLimits(clock),
        dispatch=pump(made),
        sweep=_sweep(made),
        notify=Notify(runs, parts.webhooks, policy.destinations, clock, policy.redelivery, silent),
        start_and_wait=_start_and_wait(made, start, waiters),
        leave_wait=LeaveWait(cancel),
        read_ending=ending,
        subscribe=Subscribe(made.subscriptions, policy.destinations, clock),
        unsubscribe=Unsubscribe(made.subscriptions),
        subscriptions=ListSubscriptions(made.subscriptions),
        deliver=_deliver(made, waiters, ending, silent),
        tell_again=TellAgain(runs, waiters, made.announce, clock),
        retain=_retain(made),
    )


def _hear_callback(made: Foundation, record: Record) -> HearCallback:
    query = SharedQuery(made.parts.dataverse, made.hold)
    looks = SharedLooks[CallbackOutcome](query, made.parts.clock)
    return HearCallback(made.runs, looks, made.policy.signer, record, made.parts.clock)


def _messages(parts: Parts) -> DecideAboutMessages:
    outboxes = {
        Shelf.REJECTED: parts.requests,
        Shelf.REQUESTS: parts.requests,
        Shelf.WAKE_UPS: parts.wake_ups,
        Shelf.NOTIFICATIONS: parts.notifications,
    }
    return DecideAboutMessages(parts.shelves, outboxes, parts.clock)


def _list_runs(made: Foundation) -> ListRuns:
    lists = RunLists(made.parts.table)
    return ListRuns(made.runs, lists, _indexed(made), made.keys, made.connections)


def _start_and_wait(made: Foundation, start: Start, waiters: WaiterTable) -> StartAndWait:
    destinations, clock = made.policy.destinations, made.parts.clock
    return StartAndWait(start, made.runs, waiters, made.announce, destinations, clock)


def _indexed(made: Foundation) -> IndexedRuns:
    return IndexedRuns(made.index_lists, made.runs, made.keys)


def _attention(made: Foundation, views: ViewLanes) -> ReadAttention:
    clock = made.parts.clock
    return ReadAttention(made.known, made.last_sweep, views, _indexed(made), clock)


def _list_connections(made: Foundation) -> ListConnections:
    parts = made.parts
    used = UsedConnections(parts.table, made.policy.environment)
    return ListConnections(parts.catalog, Answers(made.hold, parts.clock, room=1), used)


def _deliver(
    made: Foundation, waiters: WaiterTable, ending: ReadEnding, silent: SilentReceivers
) -> Deliver:
    parts, policy = made.parts, made.policy
    return Deliver(
        runs=made.runs,
        waiters=waiters,
        subscriptions=made.subscriptions,
        subscribers=made.subscribers,
        ending=ending,
        attempt=Attempt(
            webhooks=parts.webhooks,
            destinations=policy.destinations,
            messages=parts.notifications,
            clock=parts.clock,
            redelivery=policy.engine_redelivery,
            silent=silent,
        ),
    )


def _sweep(made: Foundation) -> Sweep:
    parts, policy = made.parts, made.policy
    return Sweep(
        lanes=made.lanes,
        waker=made.waker,
        poll=Poll(made.announce, policy.polling),
        rounds=made.round,
        survey=_survey(made),
        crews=parts.crews,
        clock=parts.clock,
        concurrency=policy.concurrency,
        inboxes=(parts.wake_ups, parts.requests, parts.events, parts.notifications),
        reconcile=Reconcile(made.index, made.index_lists, made.lanes, parts.clock),
        measure=Measure(made.states, made.last_sweep, parts.clock, policy.pace),
    )


def _survey(made: Foundation) -> Survey:
    parts = made.parts
    return Survey(
        made.states,
        made.keep_state,
        made.last_sweep,
        made.allowance,
        parts.clock,
        parts.shelves,
    )


def _retain(made: Foundation) -> Retain:
    parts, policy = made.parts, made.policy
    return Retain(
        lanes=made.lanes,
        runs=made.runs,
        expired=ExpiredRuns(parts.table),
        keys=made.keys,
        index=made.index,
        index_lists=made.index_lists,
        states=made.states,
        crews=parts.crews,
        clock=parts.clock,
        # Longer than an end is told to engines: what it is told from must be there so long.
        retention_ms=max(policy.retention, policy.engine_redelivery.patience * 4 // 3),
        concurrency=policy.concurrency,
    )


def _start(made: Foundation) -> Start:
    return Start(
        connections=made.connections,
        lanes=made.lanes,
        keys=made.keys,
        runs=made.runs,
        waker=made.waker,
        index=made.index,
        clock=made.parts.clock,
        destinations=made.policy.destinations,
        retention_ms=made.policy.retention,
        check_inputs=CheckInputs(made.schemas),
    )
