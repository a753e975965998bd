"""The columns of a table that are asked for: those that this environment has."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from shared.dataverse.errors import NotFoundError, RefusedError

_Result = TypeVar("_Result")
_BAD_REQUEST = 400
_PROPERTY = re.compile(r"property(?: named)? ['\"](\w+)['\"]", re.ASCII | re.IGNORECASE)


class Columns:
    """Asks without those optional columns that an older environment refuses to know.

    A `$select` of a column that is not there fails the whole request (400): then it is asked once
    more without the one that the refusal names as a property. Where it names none, it is asked once
    without any of them, and nothing is concluded for other requests.
    """

    def __init__(self, needed: Sequence[str], optional: Sequence[str]) -> None:
        self._needed, self._optional = tuple(needed), tuple(optional)
        self._missing: frozenset[str] = frozenset()

    def select(self, ask: Callable[[str], _Result]) -> _Result:
        """Ask with the columns as `$select` takes them; raises what `ask` raises."""
        missing = self._missing
        first: RefusedError | None = None
        while True:
            try:
                result = ask(self._names(missing))
            except RefusedError as refusal:
                first = first or refusal
                named = self._named(refusal)
                fewer = missing | (named or frozenset(self._optional))
                if not _may_be_about(refusal) or fewer == missing:
                    raise first from None  # it is about something else
                missing = fewer
                self._missing |= named
            else:
                return result

    def _names(self, missing: frozenset[str]) -> str:
        optional = (column for column in self._optional if column not in missing)
        return ",".join((*self._needed, *optional))

    def _named(self, refusal: RefusedError) -> frozenset[str]:
        """Read which optional column is said not to be a property."""
        found = {name.lower() for name in _PROPERTY.findall(refusal.answer.message)}
        return frozenset(found.intersection(self._optional))


def _may_be_about(refusal: RefusedError) -> bool:
    return refusal.answer.status == _BAD_REQUEST and not isinstance(refusal, NotFoundError)
