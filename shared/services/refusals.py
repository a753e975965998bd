"""Refusals: valid requests that cannot be done to a run in the state it is in."""

from typing import ClassVar

from shared.dataverse.errors import Answer
from shared.domain.run import RunStatus


class RefusalError(Exception):
    """The message is for the caller; `code` for programs; `answer` Dataverse's own refusal."""

    code: ClassVar[str]
    answer: Answer | None = None


class RunFinalError(RefusalError):
    """The run has ended: there is nothing left to cancel."""

    code = "RunFinal"

    def __init__(self, status: RunStatus) -> None:
        super().__init__(f"The run has ended as {status}.")


class RunNotFinalError(RefusalError):
    """The run has not ended: what it gives back is not known yet."""

    code = "RunNotFinal"

    def __init__(self, status: RunStatus) -> None:
        super().__init__(f"The run is {status}; it has outputs when it has ended.")


class NotUnconfirmedError(RefusalError):
    """The run needs no decision: what became of it is known, or will be."""

    code = "NotUnconfirmed"

    def __init__(self, status: RunStatus) -> None:
        super().__init__(f"The run is {status}; only an Unconfirmed run can be resolved.")


class CancelRefusedError(RefusalError):
    """Dataverse will not cancel the run's session (what to grant: docs/deploy.md)."""

    code = "CancelRefused"

    def __init__(self, answer: Answer) -> None:
        message = "Dataverse does not cancel the flow session of this run."
        if answer.forbidden:
            message += (
                " The app's user may start the desktop flow, but not cancel its sessions:"
                " share the flow with it as Co-owner."
            )
        super().__init__(message)
        self.answer = answer
