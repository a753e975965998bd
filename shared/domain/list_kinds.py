"""Kinds of values that are lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.domain.fields import Body
from shared.domain.kinds import UnfitError


@dataclass(frozen=True, slots=True)
class Several:
    """A list of some values of an enumeration; read in their own order, each once."""

    choices: tuple[StrEnum, ...]

    def read(self, value: Any) -> tuple[StrEnum, ...]:
        if not isinstance(value, list) or any(each not in self.choices for each in value):
            raise UnfitError(f"must be a list of some of: {', '.join(self.choices)}")
        return tuple(each for each in self.choices if each in value)


@dataclass(frozen=True, slots=True)
class Items:
    """A list of requests, each of which is read, and refused, by itself.

    `each`: what each should be; `called`: what several of them are called.
    """

    each: Body
    called: str
    most: int

    def read(self, value: Any) -> Sequence[Any]:
        if not isinstance(value, list) or not 1 <= len(value) <= self.most:
            raise UnfitError(f"must be a list of 1 to {self.most} {self.called}")
        return list(value)
