"""The columns of flow sessions that are asked for: those that this environment has."""

from collections.abc import Callable
from typing import TypeVar

from shared.dataverse.errors import NotFoundError, RefusedError
from shared.dataverse.models import OPTIONAL_COLUMNS, SESSION_COLUMNS

_Result = TypeVar("_Result")
_BAD_REQUEST = 400


class Columns:
    """Asks without those optional columns that an older environment refuses to know.

    A `$select` of a column that is not there fails the whole request (400): then it is asked once
    more without those that the refusal names, or without any of them where it names none.
    """

    def __init__(self) -> None:
        self._missing: frozenset[str] = frozenset()

    def select(self, ask: Callable[[str], _Result]) -> _Result:
        """Ask with the columns as `$select` takes them; raises what `ask` raises."""
        missing = self._missing
        try:
            return ask(_names(missing))
        except NotFoundError:
            raise
        except RefusedError as refusal:
            fewer = missing | _refused(refusal)
            if refusal.answer.status != _BAD_REQUEST or fewer == missing:
                raise
            try:
                result = ask(_names(fewer))
            except RefusedError:
                raise refusal from None  # it was about something else
        self._missing = fewer
        return result


def _names(missing: frozenset[str]) -> str:
    optional = (column for column in OPTIONAL_COLUMNS if column not in missing)
    return ",".join((*SESSION_COLUMNS, *optional))


def _refused(refusal: RefusedError) -> frozenset[str]:
    message = refusal.answer.message.lower()
    named = frozenset(column for column in OPTIONAL_COLUMNS if column in message)
    return named or frozenset(OPTIONAL_COLUMNS)
