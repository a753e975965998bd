"""A run: what is known of it, and its states; the steps between them are in steps.py."""

from dataclasses import dataclass, replace

from shared.domain.request import ConnectionType, RunRequest
from shared.domain.run.decision import Candidate, Decision
from shared.domain.run.notification import Notification
from shared.domain.run.status import AWAITING_ANSWER, FINAL, RunStatus
from shared.domain.run.stretch import Stretch
from shared.domain.run.waiter import Waiter
from shared.domain.trace import Trace, trace_of


@dataclass(frozen=True, slots=True)
class RunError:
    """Why a run failed, in the words of whoever said so; `status` is Dataverse's HTTP status."""

    code: str
    message: str
    details: str | None = None
    status: int | None = None
    robot_may_have_started: bool | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One request to run a desktop flow once. Times in ms since the epoch.

    A queued run stands in the backlog at `due_at`; a run that somebody has to look at again has
    `watch_at`. `past_sessions` are sessions that ended without the robot having started;
    `restarts` counts those of them that the request's `retries` pays for.
    `double_sessions` are sessions beyond the run's own that a late answer brought to light, and its
    own if an operator gave the run up while it went on: all are cancelled.
    `output_entities`: in how many entities the outputs are kept; None: they were never read.
    `callback_base`: the app's address that the last submission's callback URL was made with, and
    `callback_key` the name of the key that signed it. `refused_base`: one that marks alone, which
    Dataverse refused the run with; it is submitted without it from then on.
    `cancel_requested_at`: a cancellation that could not be carried out at once is remembered.
    `ended_at`: when the final state was recorded; `completed_at` is when the robot was done.
    `published_at`: when the completion event was put on its queue; `notification`: what became of
    telling the receiver that the request names. `key_digest`: of its idempotency key.
    `losses`: submissions in a row that were confirmed to have made no session. `overdue_at`: since
    when its session should have ended. `needs_operator_at`: since when somebody has to decide,
    `operator_told_at` when the event was published that says so, and `candidates` the sessions to
    decide between; `decision`: what an operator decided last.
    `indexed_at`: when the index of runs was told how it ended.
    `connection`: what the request's `connection_name` stood for at the start; None in rows of
    earlier versions. `waiters`: who is told of its end beside them, in the order of their coming.
    `history`: its states so far (history.py); empty in rows of earlier versions.
    `traceparent`: its place in the trace that its caller began, if one did (trace.py).
    """

    id: str
    request: RunRequest
    status: RunStatus
    created_at: int
    due_at: int
    changed_at: int
    attempts: int = 0
    claim: str | None = None
    claimed_at: int | None = None
    submitted_at: int | None = None
    started_at: int | None = None
    completed_at: int | None = None
    flow_session_id: str | None = None
    past_sessions: tuple[str, ...] = ()
    double_sessions: tuple[str, ...] = ()
    watch_at: int | None = None
    polls: int = 0
    restarts: int = 0
    error: RunError | None = None
    licence: str | None = None
    input_entities: int = 0
    output_entities: int | None = None
    cancel_requested_at: int | None = None
    callback_base: str | None = None
    callback_key: str | None = None
    refused_base: str | None = None
    ended_at: int | None = None
    published_at: int | None = None
    notification: Notification | None = None
    key_digest: str | None = None
    losses: int = 0
    overdue_at: int | None = None
    needs_operator_at: int | None = None
    operator_told_at: int | None = None
    candidates: tuple[Candidate, ...] = ()
    decision: Decision | None = None
    connection: str | None = None
    waiters: tuple[Waiter, ...] = ()
    history: tuple[Stretch, ...] = ()
    indexed_at: int | None = None
    traceparent: str | None = None

    @property
    def trace(self) -> Trace:
        """Give the place in a trace that all that is done for the run comes under."""
        return trace_of(self.id, self.traceparent)

    @property
    def final(self) -> bool:
        return self.status in FINAL

    @property
    def known_connection(self) -> str | None:
        """Give the connection that the request's name stood for when the run was accepted."""
        by_name = self.request.connection_type is ConnectionType.CONNECTION
        return self.connection or (self.request.connection_name if by_name else None)

    @property
    def sessions(self) -> tuple[str, ...]:
        """All flow sessions that the run has or had, each once: its own, past ones, doubles."""
        own = (self.flow_session_id,) if self.flow_session_id is not None else ()
        doubles = (each for each in self.double_sessions if each not in own)
        return (*own, *self.past_sessions, *doubles)

    @property
    def given_up_sessions(self) -> tuple[str, ...]:
        """List the sessions that are none of the run's any more: they are never adopted again."""
        return (*self.past_sessions, *self.double_sessions)

    @property
    def pending_notification(self) -> Notification | None:
        """Give the notification if the receiver has not heard, and is not given up."""
        return self.notification if self.notification and self.notification.pending else None

    @property
    def untold_waiters(self) -> tuple[str, ...]:
        """List the keys of those who wait for the end of a run that has ended, and are not told."""
        if not self.final:
            return ()
        return tuple(each.key for each in self.waiters if not (each.told or each.left))

    @property
    def sent_by(self) -> int:
        """Tell when the last submission was claimed; where that cannot be read, the latest it was.

        Every step that is taken changes `changed_at`, a claim too.
        """
        return self.changed_at if self.claimed_at is None else self.claimed_at

    @property
    def awaits_answer(self) -> bool:
        """Say whether a submission of this run is under way, or its outcome unknown."""
        return self.status in AWAITING_ANSWER


def decided(run: Run) -> Run:
    """Give a run of which nobody has to decide anything any more."""
    return replace(run, needs_operator_at=None, operator_told_at=None, candidates=())


@dataclass(frozen=True, slots=True)
class Polling:
    """When to look at a running session, in ms: `first` after submission, up to `last` apart."""

    first: int
    last: int

    def wait(self, polls: int) -> int:
        """Give the wait before the next look after `polls` looks: half as long again each time."""
        return min(self.last, round(self.first * 1.5 ** min(polls, 20)))
