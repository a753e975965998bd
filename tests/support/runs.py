"""Runs, requests and sessions to test with: by hand, and any of them for hypothesis."""

from dataclasses import replace

from hypothesis import strategies as st

from shared.domain.identifiers import TAIL_RANDOM_BYTES, lane_id, run_id
from shared.domain.request import ConnectionType, RunMode, RunPriority, RunRequest, StartRequest
from shared.domain.run import Polling, Run, RunError, RunStatus
from shared.domain.run.decision import Candidate, Decision
from shared.domain.run.notification import Notification
from shared.domain.run.steps import queue
from shared.domain.run.stretch import Reason, Stretch
from shared.domain.run.waiter import Waiter
from shared.domain.session import FlowSession, Mark, MarkColumn, StatusCode
from shared.domain.window import Pace

NOW = 1_795_540_000_000
"""A time in November 2026."""

LANE = lane_id("org.crm.dynamics.com", "shared_uiflow_1")
RUN_ID = run_id(LANE, NOW, bytes(TAIL_RANDOM_BYTES))
REQUEST = RunRequest(
    workflow_id="5d3a1f0e-0000-0000-0000-000000000001",
    connection_name="shared_uiflow_1",
    run_mode=RunMode.UNATTENDED,
)
CLAIM = "0a" * 9
SESSION = "d9687093-d0c0-ec11-983e-000000000001"
OTHER_SESSION = "d9687093-d0c0-ec11-983e-000000000002"
POLLING = Polling(first=120_000, last=600_000)
PACE = Pace(limit=70, window=60_000, deadline=100_000, margin=250)
ERROR = RunError("OutcomeUnknown", "no answer came")


def start_request(inputs: str | None = None, **changes: object) -> StartRequest:
    return StartRequest(replace(REQUEST, **changes), inputs)  # type: ignore[arg-type]  # by field


def queued(**changes: object) -> Run:
    """Give a run that waits; `changes` are fields of the run."""
    return replace(queue(RUN_ID, REQUEST, input_entities=0), **changes)  # type: ignore[arg-type]  # by field


def submitting(**changes: object) -> Run:
    """Give a run that CLAIM took."""
    taken = queued(
        status=RunStatus.SUBMITTING,
        claim=CLAIM,
        claimed_at=NOW,
        attempts=1,
        watch_at=NOW + PACE.deadline + PACE.margin,
    )
    return replace(taken, **changes)  # type: ignore[arg-type]  # by field


def running(**changes: object) -> Run:
    """Give a run whose session is SESSION."""
    accepted = submitting(
        status=RunStatus.RUNNING,
        flow_session_id=SESSION,
        submitted_at=NOW + 500,
        watch_at=NOW + 500 + POLLING.first,
    )
    return replace(accepted, **changes)  # type: ignore[arg-type]  # by field


def called_back_at(*urls: str) -> list[Mark]:
    """Give what shows that a session carries one of these callback URLs."""
    return [Mark(MarkColumn.CALLBACK_URL, url) for url in urls]


def session(statuscode: int = StatusCode.SUCCEEDED, **changes: object) -> FlowSession:
    return replace(FlowSession(SESSION, statuscode), **changes)  # type: ignore[arg-type]  # by field


instants = st.integers(0, 4_102_444_800_000)
"""Any time from 1970 to 2100."""

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
guids = st.uuids().map(str)


def _maybe(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | strategy


run_ids = st.builds(
    run_id,
    st.just(LANE),
    instants,
    st.binary(min_size=TAIL_RANDOM_BYTES, max_size=TAIL_RANDOM_BYTES),
)
requests = st.builds(
    RunRequest,
    workflow_id=guids,
    connection_name=texts,
    run_mode=st.sampled_from(RunMode),
    connection_type=st.sampled_from(ConnectionType),
    run_priority=_maybe(st.sampled_from(RunPriority)),
    timeout=_maybe(st.integers(1, 86_400)),
    retries=st.integers(0, 10),
    correlation_id=_maybe(texts),
    notify_url=_maybe(texts),
)
errors = st.builds(
    RunError,
    code=texts,
    message=texts,
    details=_maybe(texts.filter(bool)),
    status=_maybe(st.integers(100, 599)),
    robot_may_have_started=_maybe(st.booleans()),
)
notifications = st.builds(
    Notification,
    due_at=instants,
    attempts=st.integers(0, 20),
    delivered_at=_maybe(instants),
    given_up_at=_maybe(instants),
    error=_maybe(texts.filter(bool)),
    retried_at=_maybe(instants),
    earlier=st.integers(0, 20),
)
candidates = st.builds(
    Candidate,
    session_id=guids,
    created_at=_maybe(instants),
    statuscode=_maybe(st.integers(0, 14)),
    speaks_for=st.lists(texts, max_size=2).map(tuple),
    speaks_against=st.lists(texts, max_size=2).map(tuple),
)
decisions = st.builds(
    Decision,
    action=texts,
    at=instants,
    by=_maybe(texts),
    reason=_maybe(texts),
    session_id=_maybe(guids),
    forced=st.booleans(),
)
waiters = st.builds(
    Waiter, key=texts, cancels=st.booleans(), told=st.booleans(), left=st.booleans()
)
stretches = st.builds(
    Stretch,
    status=st.sampled_from(RunStatus),
    since=instants,
    until=_maybe(instants),
    reason=_maybe(st.builds(Reason, code=texts, message=texts)),
)


def _in_its_state(run: Run) -> Run:
    """Let a history end with the run's state, as all do that were read."""
    if not run.history:
        return run
    *past, last = run.history
    return replace(run, history=(*past, replace(last, status=run.status)))


any_runs = st.builds(
    Run,
    id=run_ids,
    request=requests,
    status=st.sampled_from(RunStatus),
    created_at=instants,
    due_at=instants,
    changed_at=instants,
    attempts=st.integers(0, 1_000),
    claim=_maybe(st.just(CLAIM)),
    claimed_at=_maybe(instants),
    submitted_at=_maybe(instants),
    started_at=_maybe(instants),
    completed_at=_maybe(instants),
    flow_session_id=_maybe(guids),
    past_sessions=st.lists(guids, max_size=3).map(tuple),
    double_sessions=st.lists(guids, max_size=3).map(tuple),
    watch_at=_maybe(instants),
    polls=st.integers(0, 1_000),
    restarts=st.integers(0, 10),
    error=_maybe(errors),
    licence=_maybe(texts),
    input_entities=st.integers(0, 3),
    output_entities=_maybe(st.integers(0, 3)),
    cancel_requested_at=_maybe(instants),
    callback_base=_maybe(texts.filter(bool)),
    callback_key=_maybe(texts.filter(bool)),
    ended_at=_maybe(instants),
    published_at=_maybe(instants),
    notification=_maybe(notifications),
    key_digest=_maybe(texts),
    losses=st.integers(0, 5),
    overdue_at=_maybe(instants),
    needs_operator_at=_maybe(instants),
    operator_told_at=_maybe(instants),
    candidates=st.lists(candidates, max_size=3).map(tuple),
    decision=_maybe(decisions),
    connection=_maybe(texts),
    waiters=st.lists(waiters, max_size=3).map(tuple),
    history=st.lists(stretches, max_size=3).map(tuple),
).map(_in_its_state)
"""Any values in any field, also those that no run has together."""
