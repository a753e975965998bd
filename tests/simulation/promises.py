"""The promises of the design, checked as things happen and once everything has come to rest."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from shared.domain.instants import from_iso
from shared.domain.run import FINAL, RunStatus
from shared.domain.session import StatusCode
from shared.services.submitting.address import MARKER_REFUSED
from shared.storage.lane_list import LANES_PARTITION
from shared.storage.table import Entity, Value
from tests.simulation.clients import Clients
from tests.simulation.clock import EPOCH_MS
from tests.simulation.dataverse import SimulatedDataverse
from tests.simulation.receivers import GONE_URL, REDELIVERY, Receivers
from tests.simulation.scenario import Scenario, Weather
from tests.simulation.scheduler import Scheduler
from tests.simulation.sessions import SimulatedSession
from tests.simulation.table import SimulatedTable

PACE = 0.97
"""The least share of the full rate in a calm world."""


@dataclass(slots=True)
class Promises:
    """Collects what was broken; the world halts at the first. `ended`: when each run did."""

    scheduler: Scheduler
    scenario: Scenario
    broken: list[str] = field(default_factory=list)
    runs: dict[str, Mapping[str, Value]] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    untold: set[str] = field(default_factory=set)
    ended: dict[str, int] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    unmarked: set[str] = field(default_factory=set)

    def breach(self, text: str) -> None:
        """Note a broken promise: `<promise>: <what happened>`."""
        self.broken.append(f"{text} (at {self.scheduler.now / 1000:.3f} s)")
        self.scheduler.halted = True

    def watch(
        self, dataverse: SimulatedDataverse, partition: str, changes: Mapping[str, Entity | None]
    ) -> None:
        """Look at what a transaction made of runs: a final state has evidence, and stays."""
        for row, entity in changes.items():
            if not row.startswith("run:"):
                continue
            run_id = f"{partition}-{row.removeprefix('run:')}"
            before = self.runs.get(run_id)
            if entity is None:
                self._check_removal(run_id)
                continue
            after = self.runs[run_id] = entity.properties
            self._note_untold(run_id, after)
            self._note_unmarked(run_id, before or {}, after)
            if before is not None and _final(before):
                if any(before.get(name) != after.get(name) for name in ("Status", "FlowSessionId")):
                    self.breach(f"truth: final run {run_id[-8:]} changed")
            elif _final(after):
                self.open.discard(run_id)
                self.ended[run_id] = self.scheduler.now
                self._check_evidence(dataverse, run_id, after)
            else:
                self.open.add(run_id)

    def _note_unmarked(
        self, run_id: str, before: Mapping[str, Value], after: Mapping[str, Value]
    ) -> None:
        """Note that a run was refused with its mark, which must happen to it once at the most."""
        if (before.get("Status"), after.get("Status")) != ("Submitting", "Queued"):
            return
        if after.get("ErrorCode") != MARKER_REFUSED:
            return
        if run_id in self.unmarked:
            self.breach(f"pace: {run_id[-8:]} spends another slot on a mark that was refused")
        self.unmarked.add(run_id)

    def knows(self, session_id: str) -> bool:
        """Say whether a run names this session as its own."""
        return any(run.get("FlowSessionId") == session_id for run in self.runs.values())

    def check_told(self, run_id: str, event_type: str) -> None:
        """Look at what somebody is told: only what is so by then."""
        run = self.runs.get(run_id)
        if run is None or event_type.replace("_", "") != f"run.{_status(run).value.lower()}":
            self.breach(f"truth: {event_type} was told of {run_id[-8:]}")

    def check_rest(
        self,
        table: SimulatedTable,
        dataverse: SimulatedDataverse,
        clients: Clients,
        receivers: Receivers,
    ) -> None:
        """Check what holds once the faults are over and everything had its time."""
        self.check_open(clients)
        self._check_accepted(clients)
        self._check_rows(table)
        self._check_receivers(receivers)
        for token, sessions in dataverse.by_token.items():
            self._check_sessions(token, sessions, dataverse.told)
        if self.scenario.weather is Weather.CALM:
            self._check_calm(dataverse)

    def check_open(self, clients: Clients) -> None:
        """Every wish was answered, and every run is final."""
        for name in sorted(clients.open):
            self.breach(f"nothing lost: {name} was never answered")
        for contradiction in clients.contradictions:
            self.breach(f"idempotence: {contradiction}")
        for run_id in sorted(self.open):
            self.breach(f"nothing lost: {run_id[-8:]} is {_status(self.runs[run_id]).value}")

    def check_removed(self, table: SimulatedTable) -> None:
        """Nothing is left of any run, of a key that named one, or of a lane that had one."""
        for run_id in sorted(self.runs.keys() - self.removed):
            self.breach(f"retention: {run_id[-8:]} is still there")
        for partition, rows in table.partitions().items():
            for row, entity in rows.items():
                if partition == LANES_PARTITION or row in ("lane", "listed", "listing"):
                    self.breach(f"retention: {row} of {partition} is still there")
                kept = ("data:", "session:", "double:", "waiter:")
                if row.startswith(kept) or partition.startswith("runs:"):
                    self.breach(f"retention: {row} is left over")
                if partition.startswith("keys:") and entity.properties["RunId"] in self.removed:
                    self.breach(f"retention: the key of {entity.properties['RunId']} is left over")

    def _check_removal(self, run_id: str) -> None:
        """A run goes when it is final, old and told, and not before."""
        run, now = self.runs[run_id], EPOCH_MS + self.scheduler.now
        self.removed.add(run_id)
        old = from_iso(str(run["EndedAt"])) <= now - self.scenario.retention + 1_000
        if not _final(run) or run_id in self.untold or not old:
            self.breach(f"nothing lost: {run_id[-8:]} was removed")

    def _note_untold(self, run_id: str, run: Mapping[str, Value]) -> None:
        """Note the runs whose end somebody has yet to be told of."""
        if _final(run) and "WatchAt" in run:
            self.untold.add(run_id)
        else:
            self.untold.discard(run_id)

    def _check_receivers(self, receivers: Receivers) -> None:
        """Every end was published, and every receiver heard of it, or was given up in time."""
        for run_id, run in sorted(self.runs.items()):
            if _final(run) and not receivers.heard[run_id]:
                self.breach(f"told: nobody heard of the end of {run_id[-8:]}")
            if "NotifyUrl" not in run or not _final(run):
                continue
            if not {"NotifiedAt", "NotifyGivenUpAt"} & run.keys():
                proven = False  # though somebody asked for it to be told again, perhaps
            elif "NotifiedAt" in run:
                proven = receivers.notified[run_id] > 0
            else:
                patience = from_iso(str(run["EndedAt"])) + REDELIVERY.patience
                given_up_at = from_iso(str(run.get("NotifyGivenUpAt", "1970-01-01T00:00:00Z")))
                proven = run["NotifyUrl"] == GONE_URL or given_up_at >= patience
            if not proven:
                self.breach(f"told: the receiver of {run_id[-8:]} did not hear of its end")

    def _check_evidence(
        self, dataverse: SimulatedDataverse, run_id: str, run: Mapping[str, Value]
    ) -> None:
        """Find what proves a final state, at the moment it is written."""
        status, token = _status(run), str(run.get("CorrelationId"))
        session = dataverse.sessions.get(str(run.get("FlowSessionId")))
        idle = all(
            each.ghost or (each.finished(self.scheduler.now) and not each.fate.robot_works)
            for each in dataverse.by_token.get(token, ())
        )
        if "FlowSessionId" not in run and status is RunStatus.CANCELLED:
            proven = idle and "CancelRequestedAt" in run
        elif "FlowSessionId" not in run:
            gave_up = idle and run.get("ErrorCode") == "SubmissionFails"
            proven = status is RunStatus.FAILED and (gave_up or token in dataverse.refused)
        elif session is None or session.token != token:
            proven = False
        elif run.get("ErrorCode") == "GivenUp":
            proven = status is RunStatus.FAILED and {"OverdueAt", "Decision"} <= run.keys()
        elif session.gone:
            proven = status in (RunStatus.FAILED, _status_of(session, self.scheduler.now))
        else:
            now = self.scheduler.now
            proven = session.finished(now) and status is _status_of(session, now)
        if not proven:
            told = f"{token} in session {session}" if session else f"{token}"
            self.breach(f"truth: {run_id[-8:]} is {status.value} without evidence, {told}")

    def _check_accepted(self, clients: Clients) -> None:
        """Every answered wish has its run, and a key has one."""
        runs_of = Counter(str(run.get("CorrelationId")) for run in self.runs.values())
        for wish in self.scenario.wishes:
            run_id = clients.accepted.get(wish.name)
            if wish.by_message and not runs_of[wish.name]:
                self.breach(f"nothing lost: {wish.name} was a message, and is no run")
            if run_id is not None and run_id not in self.runs:
                self.breach(f"nothing lost: {wish.name} has no run")
            if (wish.key is not None or wish.by_message) and runs_of[wish.name] > 1:
                self.breach(f"idempotence: {wish.name} has {runs_of[wish.name]} runs")

    def _check_rows(self, table: SimulatedTable) -> None:
        """No place in a backlog and no look is left over for a run that is final."""
        for partition, rows in table.partitions().items():
            for row in rows:
                tail = row.rpartition(":")[2]
                run_id = f"{partition}-{tail}"
                if row.startswith(("due:", "watch:")) and run_id not in self.open:
                    self.breach(f"rows: {row} is left over")
                if row.startswith("data:") and ":in:" in row:
                    run_id = f"{partition}-{row.split(':')[1]}"
                    if run_id not in self.open:
                        self.breach(f"rows: {row} is left over")

    def _check_sessions(self, token: str, sessions: list[SimulatedSession], told: set[str]) -> None:
        """Every session is known to its run; a double is reported on it and was cancelled.

        A ghost that came after its run had another session is beyond all promises: nobody asks for
        it. But one that the app was told of beside the other is not.
        """
        run = next((each for each in self.runs.values() if each.get("CorrelationId") == token), {})
        own, past = str(run.get("FlowSessionId")), str(run.get("PastSessions", ""))
        doubles = str(run.get("DoubleSessions", ""))
        haunted = any(session.ghost for session in sessions)
        for session in sessions:
            if (session.id == own and own not in doubles) or session.id in past:
                continue
            if session.id in doubles:
                if not session.finished(self.scheduler.now):
                    self.breach(f"once: double session {session.id[:8]} of {token} still works")
            elif session.id in told or not haunted:
                self.breach(f"once: session {session.id[:8]} of {token} is on no run")
        failed = [each for each in sessions if each.fate.error_code == "NoCandidateMachine"]
        if not haunted and len(failed) > 1 + int(run.get("Retries", 0)):
            self.breach(f"once: {token} was started {len(failed)} times")

    def _check_calm(self, dataverse: SimulatedDataverse) -> None:
        """Without faults each run is submitted once, and the lane keeps nearly the full rate."""
        if any(run["Attempts"] != 1 for run in self.runs.values()):
            self.breach("pace: a run was submitted more than once without a fault")
        pace, (arrivals,) = self.scenario.pace, dataverse.arrivals.values()
        # How long it took each slot to serve again: at best, one window.
        waits = [later - before for before, later in _successors(arrivals, pace.limit)]
        rate = pace.window * len(waits) / sum(waits)
        if rate < PACE:
            self.breach(f"pace: {rate:.1%} of the full rate")


def _successors(arrivals: list[int], limit: int) -> Iterator[tuple[int, int]]:
    """Pair each arrival with the one that takes its slot next."""
    return zip(arrivals, arrivals[limit:], strict=False)


def _status(run: Mapping[str, Value]) -> RunStatus:
    return RunStatus(str(run["Status"]))


def _final(run: Mapping[str, Value]) -> bool:
    return _status(run) in FINAL


def _status_of(session: SimulatedSession, now: int) -> RunStatus:
    """Tell, by the design rather than by the app, what a run becomes through its session."""
    code = session.statuscode(now)
    if code is StatusCode.FAILED and session.fate.error_code == "DesktopFlowsActionTimeout":
        return RunStatus.TIMED_OUT
    return {
        StatusCode.SUCCEEDED: RunStatus.SUCCEEDED,
        StatusCode.CANCELLED: RunStatus.CANCELLED,
        StatusCode.TIMED_OUT: RunStatus.TIMED_OUT,
    }.get(code, RunStatus.FAILED)
