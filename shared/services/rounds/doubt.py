"""Doubt: whether a query fails because of one of its members, or because nobody is there."""

from dataclasses import dataclass

from shared.dataverse.errors import GATEWAY_ERRORS, OutcomeUnknownError, RefusedError

SPARE_REQUESTS = 60
"""How many requests a round may spend on finding out whose fault it is that queries fail.

One member of a hundred takes some fifteen.
"""

OUTAGE = 5
"""After so many queries that failed in a row, a single run must show that Dataverse is there."""


@dataclass(slots=True)
class Doubt:
    """What a round still spends on queries that fail; `failures`: how many did in a row."""

    spare: int = SPARE_REQUESTS
    failures: int = 0

    @property
    def may_be_an_outage(self) -> bool:
        return self.failures >= OUTAGE

    def answered(self) -> None:
        """Note that a query was answered."""
        self.failures = 0

    def failed(self, error: RefusedError | OutcomeUnknownError) -> None:
        """Note a query that failed; where nobody of Dataverse's has spoken, that counts twice."""
        answer = error.answer
        self.failures += 2 if answer is None or answer.status in GATEWAY_ERRORS else 1
