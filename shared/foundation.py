"""What more than one service stands on."""

from dataclasses import replace

from shared.parts import Parts
from shared.policy import Policy
from shared.services.announcing.announce import Announce
from shared.services.announcing.ended import traced
from shared.services.announcing.subscribers import Subscribers
from shared.services.facts import Facts
from shared.services.following.confirm import Confirm
from shared.services.following.doubles import Doubles
from shared.services.following.learnt import Learnt
from shared.services.following.match import Match
from shared.services.following.record import Record
from shared.services.following.restraint import Restraint
from shared.services.governed import GovernedCatalog, GovernedDataverse
from shared.services.governor import Governor
from shared.services.hold import EnvironmentHold
from shared.services.indexing.index import Index
from shared.services.indexing.moves import Moves
from shared.services.keep_states import KeepStates
from shared.services.note_allowance import NoteAllowance
from shared.services.ports import (
    Crew,
    FlowSessions,
)
from shared.services.reading import flow_schemas
from shared.services.reading.catalog_answers import Answers
from shared.services.reading.changes import Changes
from shared.services.reading.flow_schemas import ReadSchemas
from shared.services.rounds.round import Round
from shared.services.starting.connections import Connections
from shared.services.wake import Waker
from shared.storage.environment import EnvironmentTable
from shared.storage.index_lists import IndexLists
from shared.storage.keys import KeyTable
from shared.storage.lane_states import LaneStates
from shared.storage.lanes import LaneTable
from shared.storage.last_sweep import LastSweepTable
from shared.storage.run_index import RunIndex
from shared.storage.runs import RunTable, StoredRun
from shared.storage.subscriptions import SubscriptionTable


class Foundation:
    """What more than one service stands on."""

    def __init__(self, parts: Parts, policy: Policy) -> None:
        self.governor = Governor(parts.clock, policy.protection)
        self.parts = parts = _governed(parts, self.governor)
        self.policy = policy
        self.lanes = LaneTable(parts.table)
        self.states = LaneStates(parts.table, policy.environment)
        self.keep_state = KeepStates(self.states, parts.clock)
        self.last_sweep = LastSweepTable(parts.table, policy.environment)
        self.allowance = NoteAllowance(parts.dataverse, self.last_sweep, parts.clock)
        self.keys = KeyTable(parts.table)
        self.known = EnvironmentTable(parts.table, policy.environment)
        untold = RunTable(parts.table, keep_inputs=policy.keep_inputs)
        self.subscriptions = SubscriptionTable(parts.table, policy.environment)
        self.subscribers = Subscribers(self.subscriptions, parts.clock)
        self.index_lists = IndexLists(parts.table, policy.environment)
        self.index = Index(RunIndex(parts.table, policy.environment), untold, parts.clock)
        # Announcing ends no run, so the table that it writes to tells nobody.
        self.announce = Announce(
            untold, parts.events, parts.notifications, self.subscribers, self.index, parts.clock
        )
        self.changes = Changes()
        told = traced(self.changes.before(self.announce.at_once))
        self.runs = untold.telling(told).moving(self.index.moved)
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
        moves = Moves()
        runs = self.runs.telling(traced(self.changes.before(ended.append))).moving(moves)
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
            tell_index=lambda: self.index.flush(moves),
        )


def _governed(parts: Parts, governor: Governor) -> Parts:
    """Count every call to Dataverse, whoever makes it."""
    return replace(
        parts,
        dataverse=GovernedDataverse(parts.dataverse, governor),
        catalog=GovernedCatalog(parts.catalog, parts.dataverse, governor),
    )
