"""Kinds of values that a request may hold: what each reads, and what it says of anything else.

What a kind accepts stands in its bounds and its pattern, from which the API's description is
rendered, too. A pattern is for a whole text, and means the same in Python and in ECMAScript.
"""

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, ClassVar, Protocol

from shared.domain import idempotency
from shared.domain.amounts import whole_number
from shared.domain.codes.answers import INVALID_REQUEST, PAYLOAD_TOO_LARGE
from shared.domain.destinations import URL_LIMIT, URL_PATTERN, must_be, parse_destination
from shared.domain.errors import BrokerError
from shared.domain.guids import GUID_PATTERN, read_guid
from shared.domain.instants import from_iso_if_readable
from shared.domain.strict_json import InvalidJsonError, compact, parse

INPUTS_LIMIT_BYTES = 2 * 1024 * 1024

_INVISIBLE = (
    r"\x00-\x09\x0b-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u206f"
    r"\ue000-\uf8ff\ufeff\ufff0-\uffff"
)
"""Control and format characters, blanks that nobody writes with, and what is no text.

The joiners of Persian, Indic scripts and emoji are written with, and so is the wide blank.
"""

_SEEN = rf"[^{_INVISIBLE}\n \u3000]"
LINE_PATTERN = rf"^{_SEEN}([^{_INVISIBLE}\n]*{_SEEN})?$"
WORDS_PATTERN = rf"^[^{_INVISIBLE}]*{_SEEN}[^{_INVISIBLE}]*$"

MOMENT_PATTERN = r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})?)?$"
"""A date, or a date and a time, of ISO 8601; UTC where it says no more."""


class UnfitError(BrokerError):
    """A value is not of its kind; the message says what it must be, never what it is.

    `fault`: the code of the fault that it is in its field.
    """

    code = INVALID_REQUEST

    def __init__(self, message: str, fault: str = "InvalidValue") -> None:
        super().__init__(message)
        self.fault = fault


class Kind(Protocol):
    def read(self, value: Any) -> Any:
        """Give the value that a request's JSON value stands for; raises UnfitError."""
        ...


@dataclass(frozen=True, slots=True)
class Guid:
    """A GUID, in either case, which may come in braces; read in lower case."""

    must_be: str = "must be a GUID, such as 00000000-0000-0000-0000-000000000000"
    pattern: ClassVar[str] = rf"^(\{{{GUID_PATTERN}\}}|{GUID_PATTERN})$"

    def read(self, value: Any) -> str:
        guid = read_guid(value)
        if guid is None:
            raise UnfitError(self.must_be)
        return guid


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text that people can read, with nothing invisible in it."""

    longest: int
    pattern: ClassVar[str] = LINE_PATTERN

    def read(self, value: Any) -> str:
        if (
            not isinstance(value, str)
            or len(value) > self.longest
            or not _is_all_of(value, LINE_PATTERN)
        ):
            raise UnfitError(
                f"must be a string of 1 to {self.longest:,} printable characters"
                " that neither begins nor ends with a space"
            )
        return value


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody says, in one line or several; read without the blanks around it."""

    longest: int
    pattern: ClassVar[str] = WORDS_PATTERN

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or not value.strip() or len(value) > self.longest:
            raise UnfitError(f"must be a text of 1 to {self.longest} characters that is not blank")
        if not _is_all_of(value, WORDS_PATTERN):
            raise UnfitError("must hold printable characters only")
        return value.strip()


@dataclass(frozen=True, slots=True)
class Key:
    """An idempotency key."""

    longest: ClassVar[int] = 255
    pattern: ClassVar[str] = idempotency.PATTERN

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or not idempotency.is_key(value):
            raise UnfitError(idempotency.MUST_BE)
        return value


@dataclass(frozen=True, slots=True)
class Token:
    """What an earlier answer gave, for the next page."""

    longest: int
    pattern: ClassVar[str] = r"^[\x21-\x7e]+$"

    def read(self, value: Any) -> str:
        if (
            not isinstance(value, str)
            or len(value) > self.longest
            or not _is_all_of(value, self.pattern)
        ):
            raise UnfitError("must be what an earlier answer gave")
        return value


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of an enumeration."""

    choices: type[StrEnum]

    def read(self, value: Any) -> StrEnum:
        if not isinstance(value, str) or value not in list(self.choices):
            raise UnfitError("must be " + _or(f'"{choice}"' for choice in self.choices))
        return self.choices(value)


@dataclass(frozen=True, slots=True)
class Number:
    """One of a few numbers that have names."""

    choices: type[IntEnum]

    def read(self, value: Any) -> IntEnum:
        numbers = [int(each) for each in self.choices]
        found = whole_number(value, min(numbers), max(numbers))
        if found not in numbers:
            raise UnfitError("must be " + _or(map(str, numbers)))
        return self.choices(found)


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds, written in any way: 3, 3.0, 3e0."""

    least: int
    most: int

    def read(self, value: Any) -> int:
        whole = whole_number(value, self.least, self.most)
        if whole is None:
            raise UnfitError(f"must be a whole number from {self.least:,} to {self.most:,}")
        return whole


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def read(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise UnfitError("must be true or false")
        return value


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in ISO 8601, from 1970 to 9999; read in ms since the epoch."""

    must_be: str = "must be a time in ISO 8601, as 2026-11-24T17:06:10Z"
    pattern: ClassVar[str] = MOMENT_PATTERN

    def read(self, value: Any) -> int:
        moment = from_iso_if_readable(value)
        if moment is None or not _is_all_of(value, MOMENT_PATTERN):
            raise UnfitError(self.must_be)
        return moment


@dataclass(frozen=True, slots=True)
class Address:
    """A URL that something may be sent to."""

    longest: int = URL_LIMIT
    pattern: ClassVar[str] = URL_PATTERN

    def read(self, value: Any) -> str:
        if not isinstance(value, str) or parse_destination(value, self.longest) is None:
            raise UnfitError(must_be(self.longest))
        return value


@dataclass(frozen=True, slots=True)
class Inputs:
    """A JSON object, or a string that holds one; read as the JSON text that Dataverse is sent."""

    def read(self, value: Any) -> str:
        must_be = "must be a JSON object, or a string that holds one"
        try:
            # A byte order mark that came along with a file is no part of JSON.
            text = value.removeprefix("\ufeff") if isinstance(value, str) else compact(value)
            given = parse(text.encode()) if isinstance(value, str) else value
            size = len(text.encode())
        except (InvalidJsonError, UnicodeEncodeError) as error:
            raise UnfitError(f"{must_be}: {error}") from None
        if not isinstance(given, dict):
            raise UnfitError(must_be)
        if size > INPUTS_LIMIT_BYTES:
            message = f"must be at most {INPUTS_LIMIT_BYTES:,} bytes of JSON; these are {size:,}"
            raise UnfitError(message, PAYLOAD_TOO_LARGE.name)
        return str(text)


def _is_all_of(text: str, pattern: str) -> bool:
    return re.fullmatch(pattern.removeprefix("^").removesuffix("$"), text, re.ASCII) is not None


def _or(choices: Any) -> str:
    *most, last = choices
    return f"{', '.join(most)} or {last}" if most else str(last)
