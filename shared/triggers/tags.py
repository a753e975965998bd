"""Entity tags of runs (RFC 9110, 8.8.3 and 13.1.2), in two parts: the stage, and all that is told.

By the first it can be told whether a run is in another stage than when a caller saw it, though a
queued one's place, and with it the text, is another at each look.
"""

import hashlib
import re
from dataclasses import dataclass

from shared.domain.run import Run
from shared.domain.run.stage import stage_of

_OPAQUE = r'"(?P<opaque>[\x21\x23-\x7e\x80-\xff ]*)"'
_NEXT = re.compile(rf"[\s,]*(?:W/)?{_OPAQUE}\s*(?=,|$)")
_LISTS_END = re.compile(r"[\s,]*$")
_DIGITS = 24


@dataclass(frozen=True, slots=True)
class Tag:
    """A run's stage, and the digest of the text that told it."""

    stage: str
    digest: str

    @property
    def opaque(self) -> str:
        return f"{self.stage}.{self.digest}"

    def __str__(self) -> str:
        return f'"{self.opaque}"'


def tag_of(run: Run, text: str) -> Tag:
    """Give the tag of the text that a run is told in."""
    return Tag(stage_of(run), hashlib.sha256(text.encode()).hexdigest()[:_DIGITS])


@dataclass(frozen=True, slots=True)
class IfNoneMatch:
    """What a caller says he has: `any_at_all`, or what stands between the quotes of these tags."""

    any_at_all: bool
    opaques: frozenset[str]

    def names(self, tag: Tag) -> bool:
        """Say whether the caller has this very text."""
        return self.any_at_all or tag.opaque in self.opaques

    def has_seen(self, stage: str) -> bool:
        """Say whether the caller knows of this stage; who names none takes it as it is."""
        if self.any_at_all or not self.opaques:
            return True
        return any(opaque.rpartition(".")[0] == stage for opaque in self.opaques)


def if_none_match(header: str | None) -> IfNoneMatch:
    """Read the header; one that cannot be read is as if it was not there."""
    text = (header or "").strip()
    return IfNoneMatch(text == "*", frozenset(_opaques(text)))


def _opaques(text: str) -> list[str]:
    found: list[str] = []
    position = 0
    while (tag := _NEXT.match(text, position)) is not None:
        found.append(tag["opaque"])
        position = tag.end()
    return found if _LISTS_END.match(text, position) else []
