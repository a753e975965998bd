"""Sending: one POST to a receiver, signed where the app has a key, and what its answer means.

Headers and signature are those of Standard Webhooks (`webhook-id`, `webhook-timestamp`,
`webhook-signature`), made by its own library. A reason never tells the address: its query may hold
a secret, and reasons are logged.
"""

import math
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import requests
from standardwebhooks import Webhook

from shared import tracing
from shared.domain.destinations import Destinations, parse_engine_address
from shared.domain.run.notification import Delivery
from shared.domain.telling import cleaned
from shared.http.deadline import Deadline
from shared.http.retry_after import retry_after
from shared.webhooks.transport import ForbiddenAddressError, private_session, public_session

CALL_SECONDS = 15.0
LONGEST_RETRY_AFTER_SECONDS = 4.0 * 3600

_GONE = 410
_MS = 1000


class WebhookSender:
    """Posts to receivers; safe to use from several threads.

    `secrets`: the current key and those before it; each makes a signature, so that receivers can
    change theirs in their own time. Without any nothing is signed: that is for engines, whose
    addresses hold a secret of their own.
    """

    def __init__(self, secrets: Sequence[bytes], destinations: Destinations) -> None:
        self._signers = [Webhook(secret) for secret in secrets]
        self._destinations = destinations
        self._public = public_session()
        self._private = private_session()

    def post(self, url: str, message_id: str, text: str) -> Delivery:
        """Post a text (JSON) within CALL_SECONDS; any status of 200 to 299 is a delivery."""
        parsed = parse_engine_address(url)
        private = parsed is not None and self._destinations.is_private(parsed)
        session = self._private if private else self._public
        try:
            with session.post(
                url,
                data=text.encode(),
                headers=self._headers(message_id, text),
                auth=_as_it_is,
                timeout=Deadline(time.monotonic() + CALL_SECONDS),  # type: ignore[arg-type]  # its annotations omit urllib3's
                allow_redirects=False,
                stream=True,
            ) as response:
                return _delivery(response)
        except requests.RequestException as error:
            return Delivery(_reason(error), answered=False)

    def _headers(self, message_id: str, text: str) -> dict[str, str]:
        now = datetime.now(UTC)
        signatures = [signer.sign(message_id, now, text) for signer in self._signers]
        signed = {"webhook-signature": " ".join(signatures)} if signatures else {}
        trace = tracing.current()
        traced = {} if trace is None else {"traceparent": trace}
        return {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "desktop-flow-broker",
            "webhook-id": message_id,
            "webhook-timestamp": str(math.floor(now.timestamp())),
            **signed,
            **traced,
        }


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from looking for a receiver's password in a .netrc file."""
    return request


def _delivery(response: requests.Response) -> Delivery:
    if 200 <= response.status_code < 300:  # noqa: PLR2004 - the success statuses of HTTP
        return Delivery()
    redirected = " (redirects are not followed)" if response.is_redirect else ""
    wait = retry_after(response.headers, LONGEST_RETRY_AFTER_SECONDS)
    return Delivery(
        f"it answered {response.status_code}{redirected}",
        gone=response.status_code == _GONE,
        retry_after=0 if wait is None else round(wait * _MS),
    )


def _reason(error: requests.RequestException) -> str:
    match error:
        case ForbiddenAddressError():
            return f"refused: {cleaned(str(error))}"
        case requests.exceptions.SSLError():
            return "its certificate cannot be verified, or TLS failed"
        case requests.Timeout():
            return f"no answer within {CALL_SECONDS:.0f} s"
        case requests.ConnectionError():
            return "it cannot be reached, or broke the connection"
        case _:
            return "the request could not be made"
