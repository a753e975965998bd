"""What the services need of the world, as Protocols: Azure's parts and the simulation's fit both.

Storage is needed as the tables of shared.storage, which have one implementation over a Table that
has two; so they stand here by their own names.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from shared.dataverse.models import ConnectionReference, Submitted
from shared.domain.allowance import Allowance
from shared.domain.flow import DesktopFlow
from shared.domain.flow_schema import FlowSchema, Side
from shared.domain.request import RunRequest
from shared.domain.run.notification import Delivery
from shared.domain.session import FlowSession, Mark
from shared.domain.shelved import Message

Result = TypeVar("Result")
Result_co = TypeVar("Result_co", covariant=True)


class Clock(Protocol):
    """Time and chance."""

    def now(self) -> int:
        """Tell the time, in ms since the epoch."""
        ...

    def monotonic(self) -> float:
        """Tell seconds that never go back."""
        ...

    def sleep(self, seconds: float) -> None: ...

    def random_bytes(self, count: int) -> bytes: ...


class Call(Protocol[Result_co]):
    """A call under way beside others."""

    def done(self) -> bool: ...

    def result(self) -> Result_co: ...


class Crew(Protocol):
    """Does a bounded number of calls at a time, side by side."""

    def start(self, work: Callable[[], Result]) -> Call[Result]: ...

    def wait(self, calls: Iterable[Call[Result]], seconds: float) -> None:
        """Wait until all calls are done, or the time is over."""
        ...


class Crews(Protocol):
    def __call__(self, size: int) -> AbstractContextManager[Crew]:
        """Hire a crew; leaving the context waits for its calls."""
        ...


class Signal(Protocol):
    """What one waits for and others set, in any order."""

    def set(self) -> None: ...

    def wait(self, seconds: float) -> None:
        """Wait until it is set, or the time is over; it is not set any more then."""
        ...


class Signals(Protocol):
    def __call__(self) -> Signal:
        """Make a signal that is not set."""
        ...


class WakeUps(Protocol):
    def send(self, text: str, *, delay_seconds: int = 0) -> None:
        """Send a wake-up, a lane's id, or a guard; raises StorageUnavailableError."""
        ...


class Outbox(Protocol):
    def send(self, text: str) -> None:
        """Send a message to those who read this queue; raises StorageUnavailableError."""
        ...


class DelayedOutbox(Outbox, Protocol):
    def send(self, text: str, *, delay_seconds: int = 0) -> None:
        """Send a message that appears after a delay; raises StorageUnavailableError."""
        ...


class Webhooks(Protocol):
    def post(self, url: str, message_id: str, text: str) -> Delivery:
        """Tell a receiver, signed if there is a key; raises nothing: the delivery tells."""
        ...


class Inbox(Protocol):
    def ensure(self) -> None:
        """Make the queue that others send to; raises StorageUnavailableError."""
        ...


class Counted(Protocol):
    """A queue that is only looked at."""

    @property
    def name(self) -> str: ...

    def count(self) -> int:
        """Count its messages, about; raises StorageUnavailableError."""
        ...


class MessageShelf(Counted, Protocol):
    """A queue whose messages nobody handles by itself.

    Every method raises StorageUnavailableError, but for `put_back`: what it fails to do is done
    when the time is over for which the message was taken.
    """

    def peek(self) -> list[Message]:
        """Look at the first messages."""
        ...

    def take(self, seconds: int) -> list[Message]:
        """Take the first messages for so many seconds."""
        ...

    def put_back(self, message: Message) -> None: ...

    def remove(self, message: Message) -> bool:
        """Remove a message that was taken; False if it is somebody else's by now, or gone."""
        ...


class TellsAllowance(Protocol):
    def allowance(self) -> Allowance | None:
        """Tell what Dataverse said last that its user may still ask for. Sends nothing."""
        ...


class FlowSessions(Protocol):
    """The calls of shared.dataverse.client that are about flow sessions.

    Every one raises a DataverseError.
    """

    def session(self, session_id: str) -> FlowSession: ...

    def sessions(self, ids: Sequence[str]) -> dict[str, FlowSession]: ...

    def sessions_marked(self, marks: Sequence[Mark]) -> list[FlowSession]: ...

    def sessions_since(self, workflow_id: str, created_from: int) -> list[FlowSession]: ...

    def inputs(self, session_id: str) -> dict[str, Any] | None: ...

    def ahead(self) -> int | None:
        """Tell how far Dataverse's clock is ahead (ms); None if no answer said. Sends nothing."""
        ...

    def cancel(self, session_id: str) -> None: ...


class Dataverse(FlowSessions, TellsAllowance, Protocol):
    """All calls of shared.dataverse.client; every one raises a DataverseError."""

    def prepare(self) -> None: ...

    def run_desktop_flow(
        self,
        request: RunRequest,
        inputs: str | None,
        callback_url: str | None,
        *,
        submission_id: str,
        seconds: float,
    ) -> Submitted: ...

    def outputs(self, session_id: str) -> dict[str, Any] | None: ...

    def connection_reference(self, logical_name: str) -> ConnectionReference | None: ...


class Catalog(Protocol):
    """The calls of shared.dataverse.catalog, which tell what can be run, and with what.

    Every one raises a DataverseError.
    """

    def flows(self, *, drafts: bool) -> Sequence[DesktopFlow]: ...

    def schema(self, workflow_id: str, side: Side) -> FlowSchema | None:
        """Read a schema; raises UnreadableSchemaError, and NotFoundError if there is no flow."""
        ...

    def references(self) -> Sequence[ConnectionReference]: ...
