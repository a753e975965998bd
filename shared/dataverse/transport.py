"""HTTP to Dataverse: pooled connections, what may be retried, and what is known never to have left.

The one fact that everything rests on is whether a request can have reached Dataverse. Whatever
fails while a connection is being made (name, TCP, TLS, proxy) fails before the first byte of the
request; whatever fails later may have arrived.
"""

from http.cookiejar import DefaultCookiePolicy
from types import TracebackType
from typing import Any, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import ConnectionPool, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, MaxRetryError, NewConnectionError
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

READ_RETRIES = 2
LONGEST_RETRY_AFTER = 5


class ReadsOnlyRetry(Retry):
    """urllib3's Retry for GETs alone; by itself it repeats any method after a connection failed.

    A Retry-After of more than a few seconds is the caller's to obey: such an answer is handed on.
    """

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        patience_ends = response is not None and (
            (self.get_retry_after(response) or 0) > LONGEST_RETRY_AFTER
        )
        if _pool is not None and (method != "GET" or patience_ends):
            raise MaxRetryError(_pool, url or "", error)
        return super().increment(method, url, response, error, _pool, _stacktrace)


class _PlainConnection(HTTPConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except (HTTPError, OSError) as error:
            raise NewConnectionError(self, str(error)) from error


class _TlsConnection(HTTPSConnection):
    def connect(self) -> None:
        try:
            super().connect()
        except (HTTPError, OSError) as error:
            raise NewConnectionError(self, str(error)) from error


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


def new_session(pool_size: int) -> requests.Session:
    """Make the one session that all calls share; it is safe to use from several threads.

    Cookies are not kept: Dataverse's affinity cookie would pin every instance to one web server
    (the Dataverse contract, section 1).
    """
    retry = ReadsOnlyRetry(
        total=READ_RETRIES,
        allowed_methods=frozenset({"GET"}),
        status_forcelist=(502, 503, 504),
        backoff_factor=0.3,
        respect_retry_after_header=True,
        raise_on_status=False,
    )
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _Adapter(pool_connections=1, pool_maxsize=pool_size, max_retries=retry)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def never_left(error: requests.ConnectionError) -> bool:
    """Say whether a request failed before any of it was sent."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(reason, NewConnectionError)
