"""The one base of the app's own errors: each says what is wrong in a code and in words."""

from shared.domain.codes.answers import INTERNAL_ERROR
from shared.domain.codes.code import Code


class BrokerError(Exception):
    """What the app raises itself; its text is for people, `code` says how HTTP answers it."""

    code: Code = INTERNAL_ERROR
    retry_after: float | None = None
    """The seconds after which it is worth asking again, where they are known."""
