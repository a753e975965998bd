"""Faults: what is wrong with the fields of a request, all told at once."""

from dataclasses import dataclass

from shared.domain.codes.answers import INVALID_REQUEST, PAYLOAD_TOO_LARGE
from shared.domain.errors import BrokerError


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field of a request: `code` for programs, `message` for people."""

    target: str
    code: str
    message: str

    @property
    def told(self) -> dict[str, str]:
        """Give it as callers and senders of messages are told it; its message names the field."""
        return {
            "code": self.code,
            "target": self.target,
            "message": f"{self.target} {self.message}",
        }


class InvalidRequestError(BrokerError):
    """The request cannot be accepted; `faults` holds every reason."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.target}: {fault.message}" for fault in faults))
        self.faults = faults
        too_large = any(fault.code == PAYLOAD_TOO_LARGE.name for fault in faults)
        self.code = PAYLOAD_TOO_LARGE if too_large else INVALID_REQUEST
