"""A waiter: somebody who is told of one run's end, at an address of his own."""

import base64
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from shared.domain.identifiers import is_run_id


class WaitStatus(StrEnum):
    """How telling somebody stands. WAITING: the run goes on; LEFT: he waits no more, untold."""

    WAITING = "Waiting"
    PENDING = "Pending"
    DELIVERED = "Delivered"
    GIVEN_UP = "GivenUp"
    LEFT = "Left"


_KEY_BYTES = 10
_KEY = re.compile(r"[0-9a-v]{16}")


@dataclass(frozen=True, slots=True)
class Waiter:
    """Who waits for the end of a run. `key`: names his address, and no other.

    `cancels`: whether the run is cancelled when he leaves. `told`: a message was sent that has him
    told. `left`: he waits no more. `given_up_after`: how many attempts had failed when he was given
    up; None: he was not. `earlier`: how many there had been when somebody had him told again.
    """

    key: str
    cancels: bool = False
    told: bool = False
    left: bool = False
    given_up_after: int | None = None
    earlier: int = 0

    @property
    def given_up(self) -> bool:
        """Say whether nobody tries any more to tell him, though he waits to hear."""
        return self.given_up_after is not None and not self.left


def waiter_key(url: str) -> str:
    """Name an address by its digest: its query holds a secret."""
    digest = hashlib.sha256(url.encode()).digest()[:_KEY_BYTES]
    return base64.b32hexencode(digest).decode().lower()


def wait_name(run_id: str, key: str) -> str:
    """Name a wait as it is ended: whose run, and who waits."""
    return f"{run_id}-{key}"


def read_wait_name(text: str) -> tuple[str, str] | None:
    """Read the run's id and the waiter's key from the name of a wait."""
    run_id, _, key = text.rpartition("-")
    return (run_id, key) if is_run_id(run_id) and _KEY.fullmatch(key) else None
