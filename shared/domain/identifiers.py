"""Identifiers: a lane's id from environment and connection, a run's id that says where it lives.

A run's id is `<lane id>-<tail>`; the tail begins with the time counted down, so that the newest
run of a lane sorts first and a run is one point read (docs/architecture.md, "Storage").
"""

import base64
import hashlib
import re

LANE_ID_LENGTH = 16
TAIL_LENGTH = 26
TAIL_RANDOM_BYTES = 10

_ALPHABET = "0123456789abcdefghijklmnopqrstuv"
_TIME_DIGITS = 10
_LAST_INSTANT = 2**50 - 1  # ten digits of five bits
_LANE_ID = re.compile(rf"[{_ALPHABET}]{{{LANE_ID_LENGTH}}}")
_RUN_ID = re.compile(rf"[{_ALPHABET}]{{{LANE_ID_LENGTH}}}-[{_ALPHABET}]{{{TAIL_LENGTH}}}")


def lane_id(environment: str, connection: str) -> str:
    """Name the lane of a connection.

    Dataverse compares names without regard to case, so two spellings share a lane.
    """
    name = f"{environment.lower()}\n{connection.casefold()}"
    digest = hashlib.sha256(name.encode()).digest()[:10]
    return base64.b32hexencode(digest).decode().lower()


def is_lane_id(text: str) -> bool:
    return _LANE_ID.fullmatch(text) is not None


def run_id(lane: str, created_at: int, randomness: bytes) -> str:
    """Make a run's id from its lane, its time (ms since the epoch) and ten random bytes."""
    if len(randomness) != TAIL_RANDOM_BYTES:
        raise ValueError(f"randomness must be {TAIL_RANDOM_BYTES} bytes")
    return f"{lane}-{_base32(_LAST_INSTANT - created_at)}{_random_part(randomness)}"


def is_run_id(text: str) -> bool:
    return _RUN_ID.fullmatch(text) is not None


def lane_of(run: str) -> str:
    return run[:LANE_ID_LENGTH]


def tail_of(run: str) -> str:
    return run[LANE_ID_LENGTH + 1 :]


def created_at_of(run: str) -> int:
    """Read the time at which a run's id was made, in ms since the epoch."""
    return _LAST_INSTANT - int(tail_of(run)[:_TIME_DIGITS], 32)


def first_tail_of(instant: int) -> str:
    """Give what sorts before the tails of all runs made up to an instant (ms), oldest last."""
    return _base32(_LAST_INSTANT - instant)


def _base32(number: int) -> str:
    digits = []
    for _ in range(_TIME_DIGITS):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def _random_part(randomness: bytes) -> str:
    return base64.b32hexencode(randomness).decode().lower()
