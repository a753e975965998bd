"""HTTP connections that keep one deadline from the first byte sent to the last one read.

urllib3's time limits are those of single steps: one read, one part of what is sent. An answer that
trickles never breaks them. Here every step gets what is left of the whole call's time.
"""

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.util.timeout import Timeout

CONNECT_SECONDS = 5.0
IDLE_SECONDS = 30.0
"""Connections that were idle for longer are not used again.

Servers and the address translation before them forget idle connections, the latter without a
word. A request that is sent into one is lost, and nobody can tell that from a lost answer.
"""

_PART_BYTES = 64 * 1024


class Deadline(Timeout):
    """urllib3's Timeout for a call that ends at an instant of time.monotonic()."""

    def __init__(self, instant: float) -> None:
        self.instant = instant
        left = max(instant - time.monotonic(), 0.001)
        super().__init__(connect=min(CONNECT_SECONDS, left), read=left)

    def clone(self) -> "Deadline":
        """Give the same deadline to another attempt, as urllib3 asks before each."""
        return Deadline(self.instant)


def _left(instant: float) -> float:
    left = instant - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time for the call is up")
    return left


class _TimedReader(io.RawIOBase):
    """What comes from a socket until the deadline; raises TimeoutError then."""

    def __init__(self, source: io.RawIOBase, sock: socket.socket, instant: float) -> None:
        self._source, self._sock, self._instant = source, sock, instant

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        self._sock.settimeout(_left(self._instant))
        return self._source.readinto(buffer)

    def close(self) -> None:
        self._source.close()
        super().close()


class _TimedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *, instant: float, **options: Any) -> None:
        super().__init__(sock, **options)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock, instant))


class _Timed(HTTPConnection):
    """A connection whose request keeps `deadline`.

    Whatever fails before the first byte of the request is sent is a NewConnectionError, which is
    never raised later.
    """

    deadline: float | None = None
    idle_since = 0.0

    def connect(self) -> None:
        try:
            super().connect()
        except (HTTPError, OSError) as error:
            raise NewConnectionError(self, str(error)) from error

    def request(self, *args: Any, **options: Any) -> None:
        if self.sock is None:
            self.connect()
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise NewConnectionError(self, "connecting took all the time")
        super().request(*args, **options)

    def send(self, data: Any) -> None:
        if self.deadline is None or self.sock is None:
            super().send(data)
            return
        view = memoryview(data)
        for start in range(0, len(view), _PART_BYTES):
            self.sock.settimeout(_left(self.deadline))
            super().send(view[start : start + _PART_BYTES])

    def response_class(self, sock: socket.socket, **options: Any) -> HTTPResponse:  # type: ignore[override]  # http.client calls it as it would the class
        if self.deadline is None:
            return HTTPResponse(sock, **options)
        return _TimedResponse(sock, instant=self.deadline, **options)

    def close(self) -> None:
        super().close()
        self.deadline = None


class _TimedTls(_Timed, HTTPSConnection):
    pass


class _TimedPool(HTTPConnectionPool):
    ConnectionCls = _Timed

    def _make_request(self, conn: Any, *args: Any, **options: Any) -> Any:
        conn.deadline = options["timeout"].instant
        return super()._make_request(conn, *args, **options)

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection: Any = super()._get_conn(timeout)
        if connection.idle_since < time.monotonic() - IDLE_SECONDS:
            connection.close()
        return connection

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.idle_since = time.monotonic()
        super()._put_conn(conn)


class _TimedTlsPool(_TimedPool, HTTPSConnectionPool):
    ConnectionCls = _TimedTls


_POOLS = {"http": _TimedPool, "https": _TimedTlsPool}


class DeadlineAdapter(HTTPAdapter):
    """What a session of requests needs for calls whose `timeout` is a Deadline."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        proxied = super().proxy_manager_for(*args, **kwargs)
        proxied.pool_classes_by_scheme = _POOLS
        return proxied
