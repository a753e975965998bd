"""The check of a true callback: Dataverse sends one again, and tells how it was answered."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from shared.dataverse.errors import DataverseError
from shared.domain.finding import Finding, failed, not_checked, ok
from shared.domain.run import FINAL, Run
from shared.domain.session import FlowSession
from shared.settings import Reading
from shared.storage.index_lists import IndexLists
from shared.storage.index_rows import ended
from shared.storage.table import StorageError

CALLBACK = "callback by Dataverse"

_SUCCESSES, _TOO_MANY = range(200, 300), 429
_LATER = "Start a run, wait for its end, and ask again."
_WAY_IN = (
    "Let /api/callbacks/ through whatever stands before the app (access restrictions, a gateway,"
    " sign-in); until then ends are found by looking, minutes later. 404 may also mean that the"
    " signing key was changed and the one before it is not given."
)


class Sessions(Protocol):
    def session(self, session_id: str) -> FlowSession:
        """Read a flow session; raises a DataverseError."""
        ...


class Callbacks(Protocol):
    def call_back(self, session_id: str) -> int | None:
        """Have a callback sent again, and give its answer's status; raises a DataverseError."""
        ...


@dataclass(frozen=True, slots=True)
class CallBack:
    """What the check is made with."""

    runs: IndexLists
    sessions: Sessions
    callbacks: Callbacks


def check_call_back(reading: Reading, parts: Callable[[], CallBack]) -> Iterator[Finding]:
    """Try it with the newest run that has ended; the app has heard of it, and changes nothing."""
    base = reading.settings.callback_base
    if base is None or reading.faults_of("DATAVERSE_URL", "RUN_STORAGE", "RUN_TABLE"):
        yield not_checked(CALLBACK, "Settings that it needs are not there, or not valid.")
        return
    made = parts()
    try:
        session_id = _newest(made.runs)
        session = None if session_id is None else made.sessions.session(session_id)
    except (StorageError, DataverseError) as error:
        yield not_checked(CALLBACK, f"No session of an ended run could be read: {error}.")
        return
    if session is None:
        yield not_checked(CALLBACK, "No run with a session has ended yet.", _LATER)
    elif not (session.callback_url or "").lower().startswith(f"{base}/api/callbacks/".lower()):
        told = "The newest run that has ended was told another address, or Dataverse shows none."
        yield not_checked(CALLBACK, told, _LATER)
    else:
        yield _sent_again(made.callbacks, session.id)


def _newest(lists: IndexLists) -> str | None:
    """Give the flow session of the newest run that has ended."""
    found: list[Run] = [
        run for status in FINAL for run in lists.newest(ended(status), limit=1).runs
    ]
    sessions = [(run.created_at, run.flow_session_id) for run in found if run.flow_session_id]
    return max(sessions)[1] if sessions else None


def _sent_again(callbacks: Callbacks, session_id: str) -> Finding:
    try:
        status = callbacks.call_back(session_id)
    except DataverseError as error:
        return not_checked(CALLBACK, f"Dataverse was asked to send one, and did not: {error}.")
    if status in _SUCCESSES:
        return ok(CALLBACK, f"Dataverse sent one again, which was answered {status}.")
    if status == _TOO_MANY:
        told = "Dataverse sent one again, which came too soon after others of the same run (429)."
        return not_checked(CALLBACK, told, "Ask again in some minutes.")
    told = f"Dataverse sent one again, which was answered {status or 'by nobody'}."
    return failed(CALLBACK, told, _WAY_IN)
