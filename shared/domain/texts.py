"""Texts of others, made fit to be kept and told: no half characters, none that storage refuses."""

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

_HALF = re.compile("[\ud800-\udfff]")
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
"""Control characters but tab, line feed, carriage return and next line; halves of surrogate pairs;
what is assigned to no character for ever."""


def whole(text: str) -> str:
    """Put the replacement character where a text holds half of a surrogate pair."""
    return _HALF.sub(REPLACEMENT, text)


def readable(text: str) -> str:
    """Put the replacement character where a text holds what no storage or reader need take."""
    return _UNFIT.sub(REPLACEMENT, text)
