"""HTTP to Dataverse: pooled connections that repeat nothing, and what is known never to have left.

The one fact that everything rests on is whether a request can have reached Dataverse. Whatever
fails while a connection is being made (name, TCP, TLS, proxy) fails before the first byte of the
request; whatever fails later may have arrived.
"""

import requests
from urllib3.exceptions import NewConnectionError, ProxyError
from urllib3.util.retry import Retry

from shared.http.deadline import DeadlineAdapter
from shared.http.session import session_without_cookies


def new_session(pool_size: int) -> requests.Session:
    """Make the one session that all calls share; it is safe to use from several threads."""
    # urllib3 repeats nothing then, not even on a kept connection that turns out to be closed.
    never = Retry(0, read=False)
    adapter = DeadlineAdapter(pool_connections=1, pool_maxsize=pool_size, max_retries=never)
    return session_without_cookies(https=adapter, http=adapter)


def never_left(error: requests.ConnectionError) -> bool:
    """Say whether a request failed before any of it was sent."""
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    if isinstance(reason, ProxyError):
        reason = reason.original_error
    return isinstance(reason, NewConnectionError)
