"""What a code is: one name for programs, with what people are told of it."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Where a code is met."""

    ANSWER = "an error that the HTTP API answers with"
    FIELD = "what is wrong with one field of a request"
    RUN = "the error of a run, in the app's own words"
    OUTPUTS = "why a run is told without its outputs"
    WAIT = "why a run waits"
    SESSION = "the error of a flow session"
    WEB_API = "an error that Dataverse answers with"
    LICENCE = "a warning of Dataverse's about the licence"


@dataclass(frozen=True, slots=True)
class Code:
    """One code of the catalogue.

    `advice` says what to do about the cause. `robot_may_have_started`: False where it has not, True
    where it may have; None where the code does not tell. `status`: the HTTP status of an answer.
    """

    name: str
    kinds: tuple[Kind, ...]
    meaning: str
    advice: str
    robot_may_have_started: bool | None = None
    status: int | None = None

    def __str__(self) -> str:
        return self.name
