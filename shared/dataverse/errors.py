"""What can become of a call to Dataverse: one class for each decision that a caller takes."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.codes.answers import UNAVAILABLE
from shared.domain.errors import BrokerError
from shared.domain.pause import Why
from shared.domain.session import FlowSession

_UNAUTHORIZED = 401
_FORBIDDEN = 403
NOT_A_MEMBER = "0x80072560"
_TOO_MANY_AT_ONCE = "0x80072326"
_SERVICE_PROTECTION = frozenset({"0x80072321", "0x80072322", _TOO_MANY_AT_ONCE})
"""Execution time, number of requests, requests at once (the Dataverse contract, section 2)."""


GATEWAY_ERRORS = (502, 503, 504)
"""Statuses by which a gateway says that nobody of Dataverse's has spoken."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An unwelcome answer: HTTP status, Dataverse's own code (may be empty) and message."""

    status: int
    code: str
    message: str
    request_id: str | None = None

    @property
    def forbidden(self) -> bool:
        """Say whether the app lacks a right: nothing will change that by itself."""
        return self.status == _FORBIDDEN


class DataverseError(BrokerError):
    """A call to Dataverse did not do what it was to do."""

    code = UNAVAILABLE


class NotSentError(DataverseError):
    """The request never left: no token, no address, no connection. It can be sent again."""


class NoTokenError(NotSentError):
    """There is no access token for Dataverse: the app cannot say who it is."""


class OutcomeUnknownError(DataverseError):
    """The request left, and nothing tells what became of it. For a read: try again later.

    `retry_after`: the seconds that a gateway which is out of service asks for, if it does.
    """

    def __init__(
        self, message: str, answer: Answer | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.answer = answer
        self.retry_after = retry_after


class UnreadableError(OutcomeUnknownError):
    """The request succeeded, but its answer cannot be read: a gateway's page, or no JSON object."""


class TooLongError(UnreadableError):
    """The answer is longer than a process takes; it would be as long the second time."""


class UnreadableRowsError(OutcomeUnknownError):
    """Some rows of a query cannot be read, so nothing that is missed is absent.

    `readable`: the sessions of the other rows.
    """

    def __init__(self, readable: Sequence[FlowSession], unreadable: int) -> None:
        super().__init__(f"rows that cannot be read: {unreadable}")
        self.readable = tuple(readable)


class AnsweredError(DataverseError):
    """Dataverse answered, and the answer is no success."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.status} {answer.code}: {answer.message}")
        self.answer = answer


class AppRefusedError(AnsweredError):
    """Dataverse refuses the app itself, whatever it asks for: nothing was done.

    It concerns every run of the app, and goes on as soon as the app's identity is repaired (the
    Dataverse contract, section 11).
    """

    @property
    def why(self) -> Why:
        if self.answer.code.lower() == NOT_A_MEMBER:
            return Why.APP_NOT_MEMBER
        return Why.APP_UNAUTHORIZED if self.answer.status == _UNAUTHORIZED else Why.APP_REFUSED


class ThrottledError(AnsweredError):
    """Dataverse asks for less: nothing was done; wait `retry_after` seconds, where it says so."""

    def __init__(self, answer: Answer, retry_after: float | None) -> None:
        super().__init__(answer)
        self.retry_after = retry_after

    @property
    def too_many_at_once(self) -> bool:
        """Say whether the user had too many calls under way: over as soon as some have ended."""
        return self.answer.code.lower() == _TOO_MANY_AT_ONCE

    @property
    def not_counted(self) -> bool:
        """Say whether it is known to be the service protection of the app's user.

        A request that it refuses was not carried out, so it takes no place in any window.
        """
        return self.answer.code.lower() in _SERVICE_PROTECTION

    @property
    def of_the_user(self) -> bool:
        """Say whether all lanes are concerned, not one connection.

        A code may be missing where the service protection answers (the Dataverse contract, section
        11): then all wait, but the slot is taken to be used.
        """
        return self.not_counted or not self.answer.code


class RefusedError(AnsweredError):
    """Dataverse will not do this, however often it is asked."""


class NotFoundError(RefusedError):
    """The row does not exist."""
