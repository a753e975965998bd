"""Checks of the callback address: Dataverse would call it, and it leads to this app."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, urlsplit

from shared.domain.addresses import has_public_name, is_loopback
from shared.domain.finding import Finding, failed, ok, warning
from shared.http.plain_get import PlainGet, UnansweredError
from shared.services.diagnosing.settings_check import CALLBACK_NAME
from shared.settings import Reading
from shared.version import VERSION

CALLBACK_ADDRESS = "callback address"

_SET_IT = f"Set {CALLBACK_NAME} to https://<the app's own host name>, or to nothing to poll only"
_SEEN_FROM_HERE = (
    "Try it from outside too: what the app sees of its own address need not be what Dataverse sees."
)
_WHO = (
    "Look where the name leads, and let /api/callbacks/ and /api/health through whatever stands in"
    " between (access restrictions, a gateway, sign-in)."
)


def check_callback_address(reading: Reading, get: PlainGet) -> Iterator[Finding]:
    """Tell whether Dataverse can be expected to reach the app at the address that it is given."""
    base = reading.settings.callback_base
    faults = reading.faults_of(CALLBACK_NAME)
    if faults:
        yield failed(CALLBACK_ADDRESS, f"{'; '.join(faults)}.", f"{_SET_IT}.")
    elif base is None:
        told = "There is none: the ends of runs are found by looking at their sessions, later."
        yield warning(CALLBACK_ADDRESS, told, f"{_SET_IT}: then it stays as it is.")
    else:
        url, dataverse = urlsplit(base), urlsplit(reading.settings.dataverse_url)
        yield _judged(url, local=is_loopback(dataverse)) or _answer_of(base, get)


def _judged(url: SplitResult, *, local: bool) -> Finding | None:
    """Refuse an address that Dataverse calls back to never; on one machine loopback will do."""
    if local and is_loopback(url):
        return None
    if url.scheme != "https":
        told = "It is no HTTPS address: Dataverse calls back to nothing else."
        return failed(CALLBACK_ADDRESS, told, f"{_SET_IT}.")
    if not has_public_name(url):
        told = "It has no DNS name: Dataverse calls back neither to addresses nor to localhost."
        return failed(CALLBACK_ADDRESS, told, f"{_SET_IT}.")
    return None


def _answer_of(base: str, get: PlainGet) -> Finding:
    try:
        answer = get(f"{base}/api/health")
    except UnansweredError as error:
        told = f"Nobody answers there: {error}."
        return failed(CALLBACK_ADDRESS, told, f"{_SET_IT}. {_WHO} {_SEEN_FROM_HERE}")
    health = _health(answer.content)
    if health is None:
        told = f"What answers there is not this app: {answer.status}, and not its health."
        return failed(CALLBACK_ADDRESS, told, f"{_SET_IT}. {_WHO}")
    if health.get("version") != VERSION:
        told = "Another version of the app answers there: Dataverse calls that one."
        return failed(
            CALLBACK_ADDRESS, told, f"{_SET_IT}; an update takes a minute to be everywhere."
        )
    return ok(CALLBACK_ADDRESS, "The app answers there, as it sees itself from where it runs.")


def _health(content: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(content)
    except ValueError:
        return None
    return told if isinstance(told, dict) and told.keys() == {"status", "version"} else None
