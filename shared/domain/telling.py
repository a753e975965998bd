"""Telling of others' errors: what they say, without the addresses and secrets they say it with.

A message of an HTTP library or of an SDK holds the URL that was asked for, and with it signatures,
keys and account names; Dataverse's own may repeat what it was sent. This is the one place that
turns such an error into words that may be logged, kept and answered.
"""

import json
import re
from collections.abc import Iterable, Iterator
from types import TracebackType
from urllib.parse import quote, quote_plus

from shared.domain.texts import readable

ADDRESS = "<address>"
SECRET = "<hidden>"  # noqa: S105 - what stands where a secret stood
GIVEN = "<given>"
"""What stands where a text repeated a value that it was given."""

TOLD_LIMIT = 500
SHORTEST_GIVEN = 4
"""A shorter value is not recognised in a text: it may be any word's part."""

_CHAIN_LIMIT = 10

_WORD = re.compile(r"""[^\s"'<>`]+""")
_IN_AN_ADDRESS = re.compile(
    r"(?i)(:|%3a)(//|%2f%2f|\\/\\/) | (/|%2f)api(/|%2f) | [?&][\w.$%-]+= | \.windows\.net\b",
    re.VERBOSE,
)
_QUERY_BEGINS = re.compile(r"\?\w")
_HOST = re.compile(r"""(?i)\b(host=)(['"]).*?\2""")
_AUTHORIZATION = re.compile(
    r"""(?i)\b(bearer|sharedkey(?:lite)?|sharedaccesssignature)[ :=]+[^\s"',;)]+"""
)
_NAMED = re.compile(
    r"""(?ix) (?<![\w-]) (
        (?: account | shared | access | function | signing | master | host | api | private | client
          | subscription | x-functions ) [-_ ]? (?: key | secret | name | token | signature )
      | signature | token | secret | password | pwd | authorization | cookie | assertion
      | (?: sig | code | key )(?==)
    ) (["']? \s* [=:] \s* ["']?) [^\s"'&,;)}]+"""
)
_JWT = re.compile(r"\beyJ[\w-]+(\.[\w-]+)+")
_HEX = re.compile(r"(?<![\w-])[0-9a-fA-F]{32,}(?![\w-])")
_RANDOM = re.compile(r"(?<![\w+/=-])(?=[\w+/-]*\d)(?=[\w+/-]*[a-z])(?=[\w+/-]*[A-Z])[\w+/=-]{32,}")
_QUOTED = re.compile(r"""(?s)(['"]).*\1""")

_NAMES_ONLY = (AttributeError, ImportError, NameError, TypeError)
"""Errors of Python's own whose texts name parts of programs; those of others repeat values."""


def cleaned(text: str, given: Iterable[str] = ()) -> str:
    """Give a text without addresses, secrets, and the values that are `given`."""
    text = _WORD.sub(_no_address, without(text, given))
    text = _HOST.sub(rf"\1{ADDRESS}", text)
    text = _AUTHORIZATION.sub(rf"\1 {SECRET}", text)
    text = _NAMED.sub(rf"\1\2{SECRET}", text)
    for pattern in (_JWT, _HEX, _RANDOM):
        text = pattern.sub(SECRET, text)
    return readable(text)


def _no_address(word: re.Match[str]) -> str:
    """Keep a word, unless a URL, a path of this app or one with a query is in it."""
    text = word[0]
    path = text.find("/")
    if _IN_AN_ADDRESS.search(text) or (path >= 0 and _QUERY_BEGINS.search(text, path)):
        return ADDRESS
    return text


def without(text: str, given: Iterable[str]) -> str:
    """Take values out of a text that may repeat them, in whichever way it writes them."""
    for value in sorted({each for each in given if len(each) >= SHORTEST_GIVEN}, key=len)[::-1]:
        for written in dict.fromkeys(_ways_to_write(value)):
            text = text.replace(written, GIVEN)
    return text


def told(error: BaseException) -> str:
    """Tell an error in one line: its class, status and code, and what it says, made safe."""
    facts = [
        str(getattr(fact, "value", fact))
        for fact in (getattr(error, "status_code", None), getattr(error, "error_code", None))
        if isinstance(fact, int | str)
    ]
    known = f" ({cleaned(' '.join(facts))})" if facts else ""
    said = _said(error)
    return f"{type(error).__name__}{known}" + (f": {said}" if said else "")


def told_with_stack(error: BaseException) -> str:
    """Tell an error nobody expected, what led to it and where, without lines of the sources."""
    return "\n".join(part for each in _chain(error) for part in [told(each), *_places(each)])


def _said(error: BaseException) -> str:
    message = getattr(error, "message", None)
    if isinstance(error, UnicodeError | KeyError):
        return ""
    text = message if isinstance(message, str) else str(error)
    line = next((line for line in text.splitlines() if line.strip()), "")
    if _repeats_values(error):
        line = _QUOTED.sub(r"\1…\1", line)
    return cleaned(line[: 4 * TOLD_LIMIT])[:TOLD_LIMIT]


def _repeats_values(error: BaseException) -> bool:
    """Say whether the words of an error are likely to hold the value that was wrong, in quotes."""
    pythons_own = type(error).__module__ == "builtins"
    return isinstance(error, ValueError) or (
        pythons_own and not isinstance(error, (*_NAMES_ONLY, OSError))
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Give the error, and those that it came of."""
    seen: list[BaseException] = []
    todo = [error]
    while todo and len(seen) < _CHAIN_LIMIT:
        each = todo.pop(0)
        if each in seen:
            continue
        seen.append(each)
        yield each
        cause = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        todo += [cause] if cause is not None else []
        todo += each.exceptions if isinstance(each, BaseExceptionGroup) else []


def _places(error: BaseException) -> Iterator[str]:
    step: TracebackType | None = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        yield f"  {code.co_filename}:{step.tb_lineno} in {code.co_name}"
        step = step.tb_next


def _ways_to_write(value: str) -> Iterator[str]:
    yield value
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield json.dumps(json.dumps(value)[1:-1])[1:-1]
    with_halves = value.encode(errors="replace")
    yield quote(with_halves, safe="")
    yield quote(with_halves)
    yield quote_plus(with_halves)
