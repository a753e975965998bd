"""What the triggers call: the services, put together when the first of them is needed.

So a cold start does not import them all: their names stand here for whoever checks types.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.services.announcing.deliver import Deliver
    from shared.services.announcing.notify import Notify
    from shared.services.announcing.subscribe import ListSubscriptions, Subscribe, Unsubscribe
    from shared.services.announcing.tell_again import TellAgain
    from shared.services.deciding.cancel import Cancel
    from shared.services.deciding.leave import LeaveWait
    from shared.services.deciding.messages import DecideAboutMessages
    from shared.services.deciding.pause import PauseLane, ResumeLane
    from shared.services.deciding.resolve import Resolve
    from shared.services.following.callback import HearCallback
    from shared.services.following.callback_limits import CallbackLimits
    from shared.services.reading.attention import ReadAttention
    from shared.services.reading.connection_list import ListConnections
    from shared.services.reading.ending import ReadEnding
    from shared.services.reading.flow_schemas import ReadSchemas
    from shared.services.reading.flows import ListFlows
    from shared.services.reading.lane_views import ViewLanes
    from shared.services.reading.listing import ListRuns
    from shared.services.reading.messages import ReadMessages
    from shared.services.reading.outputs import ReadOutputs
    from shared.services.reading.read import Read
    from shared.services.reading.watch import Watch
    from shared.services.rounds.retain import Retain
    from shared.services.rounds.sweep import Sweep
    from shared.services.starting.ingest import Ingest
    from shared.services.starting.start import Start
    from shared.services.starting.start_batch import StartBatch
    from shared.services.starting.wait import StartAndWait
    from shared.services.submitting.pump import Pump


@dataclass(frozen=True, slots=True)
class Services:
    """The app's verbs."""

    start: Start
    start_batch: StartBatch
    ingest: Ingest
    read: Read
    watch: Watch
    list_runs: ListRuns
    read_outputs: ReadOutputs
    cancel: Cancel
    hear_callback: HearCallback
    callback_limits: CallbackLimits
    list_flows: ListFlows
    read_schemas: ReadSchemas
    list_connections: ListConnections
    lanes: ViewLanes
    attention: ReadAttention
    pause_lane: PauseLane
    resume_lane: ResumeLane
    resolve: Resolve
    dispatch: Pump
    sweep: Sweep
    notify: Notify
    start_and_wait: StartAndWait
    leave_wait: LeaveWait
    read_ending: ReadEnding
    subscribe: Subscribe
    unsubscribe: Unsubscribe
    subscriptions: ListSubscriptions
    deliver: Deliver
    tell_again: TellAgain
    read_messages: ReadMessages
    messages: DecideAboutMessages
    retain: Retain


Provider = Callable[[], Services]
