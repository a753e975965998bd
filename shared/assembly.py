"""The services, put together from parts: Azure's (composition.py), or the simulation's.

This is the one place that knows every service. What the simulation proves is this very wiring.
"""

from shared.parts import Parts
from shared.policy import Policy
from shared.services.announcing.announce import Announce
from shared.services.announcing.notify import Notify
from shared.services.announcing.silent_receivers import SilentReceivers
from shared.services.deciding.cancel import Cancel
from shared.services.deciding.pause import PauseLane, ResumeLane
from shared.services.deciding.resolve import Resolve
from shared.services.facts import Facts
from shared.services.following.callback import HearCallback
from shared.services.following.callback_limits import CallbackLimits
from shared.services.following.confirm import Confirm
from shared.services.following.doubles import Doubles
from shared.services.following.learnt import Learnt
from shared.services.following.match import Match
from shared.services.following.poll import Poll
from shared.services.following.record import Record
from shared.services.following.restraint import Restraint
from shared.services.hold import EnvironmentHold
from shared.services.ports import Crew, FlowSessions
from shared.services.reading import flow_schemas
from shared.services.reading.catalog_answers import Answers
from shared.services.reading.connection_list import ListConnections
from shared.services.reading.flow_schemas import ReadSchemas
from shared.services.reading.flows import ListFlows
from shared.services.reading.lane_views import ViewLanes
from shared.services.reading.listing import ListRuns
from shared.services.reading.outputs import ReadOutputs
from shared.services.reading.read import Read
from shared.services.rounds.retain import Retain
from shared.services.rounds.round import Round
from shared.services.rounds.sweep import Sweep
from shared.services.starting.connections import Connections
from shared.services.starting.ingest import Ingest
from shared.services.starting.input_check import CheckInputs
from shared.services.starting.start import Start
from shared.services.submitting.address import CallbackAddress
from shared.services.submitting.dispatch import Dispatch
from shared.services.submitting.submit import Submit
from shared.services.wake import Waker
from shared.storage.environment import EnvironmentTable
from shared.storage.expired_runs import ExpiredRuns
from shared.storage.keys import KeyTable
from shared.storage.lanes import LaneTable
from shared.storage.runs import RunTable, StoredRun
from shared.storage.used_connections import UsedConnections
from shared.triggers.provider import Services


class _Assembly:
    """What more than one service stands on."""

    def __init__(self, parts: Parts, policy: Policy) -> None:
        self.parts, self.policy = parts, policy
        self.lanes = LaneTable(parts.table)
        self.keys = KeyTable(parts.table)
        self.known = EnvironmentTable(parts.table, policy.environment)
        untold = RunTable(parts.table, keep_inputs=policy.keep_inputs)
        # Announcing ends no run, so the table that it writes to tells nobody.
        self.announce = Announce(untold, parts.events, parts.notifications, parts.clock)
        self.runs = untold.telling(self.announce.at_once)
        self.waker = Waker(self.lanes, parts.wake_ups, parts.clock, policy.pace)
        self.facts = Facts(self.known)
        self.learnt = Learnt(policy.signer, self.facts)
        self.hold = EnvironmentHold(self.known, parts.clock)
        self.schemas = ReadSchemas(
            parts.catalog,
            Answers(self.hold, parts.clock, room=flow_schemas.ROOM, weigh=flow_schemas.weight),
        )
        self.connections = Connections(policy.environment, self.known, parts.dataverse, parts.clock)

    def record(self, runs: RunTable, sessions: FlowSessions) -> Record:
        clock, polling = self.parts.clock, self.policy.polling
        return Record(runs, sessions, self.learnt, self.waker, clock, polling)

    def confirm(self, runs: RunTable, sessions: FlowSessions) -> Confirm:
        policy = self.policy
        return Confirm(
            sessions=sessions,
            signer=policy.signer,
            match=Match(
                runs=runs,
                lanes=self.lanes,
                dataverse=sessions,
                signer=policy.signer,
                learnt=self.learnt,
                sent_within=policy.pace.deadline + policy.confirm_absent,
            ),
            learnt=self.learnt,
            record=self.record(runs, sessions),
            announce=self.announce,
            clock=self.parts.clock,
            polling=policy.polling,
        )

    def round(self, crew: Crew, ends: float) -> Round:
        """Make a round: it asks with restraint, and announces ends after its looks."""
        ended: list[StoredRun] = []
        runs = self.runs.telling(ended.append)
        sessions = Restraint.of_a_round(self.parts.dataverse, self.hold)
        return Round(
            crew=crew,
            ends=ends,
            clock=self.parts.clock,
            sessions=sessions,
            runs=runs,
            lanes=self.lanes,
            record=self.record(runs, sessions),
            confirm=self.confirm(runs, sessions),
            doubles=Doubles(runs, self.lanes, sessions, self.parts.clock),
            ended=ended,
        )


def assemble(parts: Parts, policy: Policy) -> Services:
    """Put the services together; nothing is called yet, so this cannot fail."""
    made = _Assembly(parts, policy)
    clock, dataverse = parts.clock, parts.dataverse
    runs, lanes, record = made.runs, made.lanes, made.record(made.runs, dataverse)
    start = _start(made)
    return Services(
        start=start,
        ingest=Ingest(start, parts.rejections),
        read=Read(runs),
        list_runs=ListRuns(runs, lanes, made.connections),
        cancel=Cancel(runs, dataverse, record, clock),
        resolve=Resolve(runs, lanes, dataverse, record, made.confirm(runs, dataverse), clock),
        read_outputs=ReadOutputs(runs, dataverse),
        hear_callback=HearCallback(runs, dataverse, policy.signer, record, clock),
        list_flows=ListFlows(parts.catalog, Answers(made.hold, clock, room=2)),
        read_schemas=made.schemas,
        list_connections=ListConnections(
            parts.catalog,
            Answers(made.hold, clock, room=1),
            UsedConnections(parts.table, policy.environment),
        ),
        lanes=ViewLanes(lanes, clock, policy.pace),
        pause_lane=PauseLane(lanes, clock),
        resume_lane=ResumeLane(lanes, made.waker),
        callback_limits=CallbackLimits(clock),
        dispatch=_dispatch(made, record),
        sweep=_sweep(made),
        notify=Notify(
            runs,
            parts.webhooks,
            policy.destinations,
            clock,
            policy.redelivery,
            SilentReceivers(clock),
        ),
        retain=_retain(made),
    )


def _sweep(made: _Assembly) -> Sweep:
    parts, policy = made.parts, made.policy
    return Sweep(
        lanes=made.lanes,
        waker=made.waker,
        poll=Poll(made.announce, policy.polling),
        rounds=made.round,
        crews=parts.crews,
        clock=parts.clock,
        concurrency=policy.concurrency,
        poison=parts.poison,
        inboxes=(parts.wake_ups, parts.requests, parts.events, parts.notifications),
    )


def _retain(made: _Assembly) -> Retain:
    parts, policy = made.parts, made.policy
    return Retain(
        lanes=made.lanes,
        runs=made.runs,
        expired=ExpiredRuns(parts.table),
        keys=made.keys,
        crews=parts.crews,
        clock=parts.clock,
        retention_ms=policy.retention,
        concurrency=policy.concurrency,
    )


def _start(made: _Assembly) -> Start:
    return Start(
        connections=made.connections,
        lanes=made.lanes,
        keys=made.keys,
        runs=made.runs,
        waker=made.waker,
        clock=made.parts.clock,
        destinations=made.policy.destinations,
        retention_ms=made.policy.retention,
        check_inputs=CheckInputs(made.schemas),
    )


def _dispatch(made: _Assembly, record: Record) -> Dispatch:
    parts, policy = made.parts, made.policy
    submit = Submit(
        runs=made.runs,
        dataverse=parts.dataverse,
        record=record,
        hold=made.hold,
        signer=policy.signer,
        address=CallbackAddress(policy.callback_base, policy.marker_base, made.facts, parts.clock),
        clock=parts.clock,
        pace=policy.pace,
        polling=policy.polling,
    )
    return Dispatch(
        lanes=made.lanes,
        submit=submit,
        dataverse=parts.dataverse,
        hold=made.hold,
        waker=made.waker,
        crews=parts.crews,
        clock=parts.clock,
        pace=policy.pace,
        concurrency=policy.concurrency,
    )
