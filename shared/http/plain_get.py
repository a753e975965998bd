"""A GET without a key or token, bounded in time: whether an address answers, and by which clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import requests

from shared.domain.codes.answers import UNAVAILABLE
from shared.domain.errors import BrokerError
from shared.domain.telling import told
from shared.http.deadline import Deadline, DeadlineAdapter
from shared.http.session import session_without_cookies

BODY_LIMIT_BYTES = 4096
_MS = 1000


class UnansweredError(BrokerError):
    """Nobody answered at the address, or not in time."""

    code = UNAVAILABLE


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """What came back; times in ms since the epoch.

    `sent` and `received`: by this machine's clock; `date`: the second that the other's clock told
    (its beginning), None if it told none. `content`: the beginning of the body.
    """

    status: int
    content: bytes
    sent: int
    received: int
    date: int | None

    @property
    def apart(self) -> int | None:
        """Tell by how much the two clocks differ at the least (ms); positive: the other is ahead.

        0 where they may agree, as far as whole seconds and the time of the request let one see.
        """
        if self.date is None:
            return None
        if self.date > self.received:
            return self.date - self.received
        return min(0, self.date + _MS - self.sent)


PlainGet = Callable[[str], PlainAnswer]
"""Asks for an address; raises UnansweredError."""


def plain_get(url: str, seconds: float) -> PlainAnswer:
    """Ask once, following nowhere else; raises UnansweredError."""
    adapter = DeadlineAdapter(pool_connections=1, pool_maxsize=1)
    sent = _now()
    try:
        with (
            session_without_cookies(https=adapter, http=adapter) as session,
            session.get(
                url,
                timeout=Deadline(time.monotonic() + seconds),  # type: ignore[arg-type]  # its annotations omit urllib3's
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            received = _now()
            content = next(response.iter_content(BODY_LIMIT_BYTES), b"")
            return PlainAnswer(
                response.status_code, content, sent, received, _read(response.headers.get("Date"))
            )
    except requests.RequestException as error:
        raise UnansweredError(told(error)) from error


def _now() -> int:
    return round(time.time() * _MS)


def _read(date: str | None) -> int | None:
    try:
        return round(parsedate_to_datetime(date or "").timestamp()) * _MS
    except (ValueError, OverflowError):
        return None
