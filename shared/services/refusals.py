"""Refusals: valid requests that cannot be done to a run in the state it is in."""

from collections.abc import Sequence

from shared.dataverse.errors import Answer
from shared.domain.codes.answers import (
    CANCEL_REFUSED,
    CATALOG_REFUSED,
    NOT_UNCONFIRMED,
    OUTPUTS_GONE,
    OUTPUTS_REFUSED,
    OUTPUTS_UNREADABLE,
    RUN_FINAL,
    RUN_NOT_FINAL,
    SESSIONS_FOUND,
    STILL_CONFIRMING,
)
from shared.domain.codes.engines import (
    OUTPUTS_TOO_LARGE,
    OUTPUTS_UNAVAILABLE,
    TOO_MANY_SUBSCRIPTIONS,
    TOO_MANY_WAITS,
)
from shared.domain.codes.operators import (
    MESSAGE_NOT_FOUND,
    MESSAGE_OUT_OF_REACH,
    NOT_RESENDABLE,
    NOTHING_GIVEN_UP,
    QUEUE_NOT_FOUND,
)
from shared.domain.errors import BrokerError
from shared.domain.instants import to_iso
from shared.domain.run import RunStatus
from shared.domain.run.decision import Candidate


class RefusalError(BrokerError):
    """`answer`: Dataverse's own refusal, where it is its."""

    answer: Answer | None = None
    candidates: Sequence[Candidate] = ()


class RunFinalError(RefusalError):
    """The run has ended: there is nothing left to cancel."""

    code = RUN_FINAL

    def __init__(self, status: RunStatus) -> None:
        super().__init__(f"The run has ended as {status}.")


class RunNotFinalError(RefusalError):
    """The run has not ended: what it gives back is not known yet."""

    code = RUN_NOT_FINAL

    def __init__(self, status: RunStatus) -> None:
        super().__init__(f"The run is {status}; it has outputs when it has ended.")


class OutputsGoneError(RefusalError):
    """What the run gave back is not known, and cannot be: it went with its flow session."""

    code = OUTPUTS_GONE

    def __init__(self, answer: Answer) -> None:
        super().__init__("Dataverse has the flow session of this run no more, nor its outputs.")
        self.answer = answer


class OutputsRefusedError(RefusalError):
    """Dataverse will not show the outputs (what to grant: docs/deploy.md)."""

    code = OUTPUTS_REFUSED

    def __init__(self, answer: Answer) -> None:
        super().__init__("Dataverse does not show the app the outputs of this run.")
        self.answer = answer


class OutputsUnreadableError(RefusalError):
    """What Dataverse has for outputs is no JSON object that could be handed on."""

    code = OUTPUTS_UNREADABLE

    def __init__(self, reason: str) -> None:
        super().__init__(f"What Dataverse tells of this run's outputs cannot be read: {reason}.")


class OutputsTooLargeError(RefusalError):
    """The outputs are longer than is told with the end of a run."""

    code = OUTPUTS_TOO_LARGE

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"The outputs are {size:,} bytes long; {limit:,} are told with an end.")


class OutputsUnavailableError(RefusalError):
    """Dataverse could not be asked for the outputs for as long as their readers can wait."""

    code = OUTPUTS_UNAVAILABLE

    def __init__(self) -> None:
        super().__init__("Dataverse could not be asked for the outputs since the run's end.")


class TooManyWaitsError(RefusalError):
    """So many wait for the end of a run already that one more has no room beside it."""

    code = TOO_MANY_WAITS

    def __init__(self, run_id: str, limit: int) -> None:
        super().__init__(f"{limit} addresses wait for the end of run {run_id} already.")


class TooManySubscriptionsError(RefusalError):
    """There is no room for one more subscription."""

    code = TOO_MANY_SUBSCRIPTIONS

    def __init__(self, limit: int) -> None:
        super().__init__(f"There are {limit} subscriptions already.")


class CatalogRefusedError(RefusalError):
    """Dataverse will not show flows, schemas or references (what to grant: docs/deploy.md)."""

    code = CATALOG_REFUSED

    def __init__(self, answer: Answer) -> None:
        super().__init__("Dataverse does not show the app its desktop flows or connections.")
        self.answer = answer


class NothingGivenUpError(RefusalError):
    """Nobody was given up who is to hear of the run's end."""

    code = NOTHING_GIVEN_UP

    def __init__(self) -> None:
        super().__init__("Nobody was given up who is to hear of this run's end.")


class QueueNotFoundError(RefusalError):
    """There is no queue of this name whose messages could be looked at."""

    code = QUEUE_NOT_FOUND

    def __init__(self) -> None:
        super().__init__("There is no queue of this name whose messages could be looked at.")


class MessageNotFoundError(RefusalError):
    """The queue shows no such message: it is gone, or somebody has taken it just now."""

    code = MESSAGE_NOT_FOUND

    def __init__(self) -> None:
        super().__init__("The queue shows no message of this id.")


class MessageOutOfReachError(RefusalError):
    """So many messages lie in the queue that the one that is meant was not among those searched."""

    code = MESSAGE_OUT_OF_REACH

    def __init__(self, searched: int) -> None:
        super().__init__(
            f"It was not among the {searched:,} messages that were looked through, and there may"
            " be more."
        )


class NotResendableError(RefusalError):
    """The message cannot be put back on its queue."""

    code = NOT_RESENDABLE

    def __init__(self, reason: str) -> None:
        super().__init__(f"The message cannot be sent again: {reason}.")


class NotUnconfirmedError(RefusalError):
    """The run needs no decision: what became of it is known, or will be."""

    code = NOT_UNCONFIRMED

    def __init__(self, status: RunStatus) -> None:
        super().__init__(
            f"The run is {status}; only a run that is Unconfirmed can be resolved, and one that is"
            " overdue be given up."
        )


class SessionsFoundError(RefusalError):
    """Dataverse has sessions that are the run's, or may be: its robot could work twice.

    `candidates`: what was found, and what speaks for and against each. `answer`: Dataverse's, which
    does not let the app look.
    """

    code = SESSIONS_FOUND

    def __init__(self, candidates: Sequence[Candidate], answer: Answer | None = None) -> None:
        self.candidates, self.answer = tuple(candidates), answer
        if self.candidates:
            found = ", ".join(each.session_id for each in self.candidates)
            message = f"Dataverse has flow sessions that may be this run's: {found}."
        else:
            message = "Not all flow sessions can be read: one of them may be this run's."
        super().__init__(f"{message} Submit it again with force and a reason, if you know better.")


class StillConfirmingError(RefusalError):
    """Nobody can tell yet that the last submission made no session: one may still come."""

    code = STILL_CONFIRMING

    def __init__(self, until: int) -> None:
        super().__init__(
            f"Until {to_iso(until)} a flow session of the last submission may still come; if none"
            " does, the run is submitted again by itself. Submit it with force and a reason, if"
            " you know better."
        )


class CancelRefusedError(RefusalError):
    """Dataverse will not cancel the run's session (what to grant: docs/deploy.md)."""

    code = CANCEL_REFUSED

    def __init__(self, answer: Answer) -> None:
        message = "Dataverse does not cancel the flow session of this run."
        if answer.forbidden:
            message += (
                " The app's user may start the desktop flow, but not cancel its sessions:"
                " share the flow with it as Co-owner."
            )
        super().__init__(message)
        self.answer = answer
