"""Checks of the clock, against those of the services that the app works with."""

from collections.abc import Iterator

from shared.domain.finding import Finding, failed, not_checked, ok, warning
from shared.http.plain_get import PlainGet, UnansweredError

STORAGE_CLOCK, DATAVERSE_CLOCK = "clock of storage", "clock of Dataverse"
FAR_APART_MS = 5_000
"""From here on a queued run's times, looks and windows are visibly wrong."""

_MS = 1000
_WHICH = (
    "Compare with the other clock here: if both say so, this machine's is wrong; if one does, that"
    " service's. A connection's window is exact only while clocks agree (CLOCK_SKEW_MARGIN_MS)."
)


def check_clock(check: str, url: str, get: PlainGet, margin_ms: int) -> Iterator[Finding]:
    """Compare clocks by the `Date` of an answer, whatever it says otherwise.

    `margin_ms`: how far two instances may be apart (the setting CLOCK_SKEW_MARGIN_MS).
    """
    try:
        apart = get(url).apart
    except UnansweredError as error:
        yield not_checked(check, f"Nobody answers there: {error}.")
        return
    if apart is None:
        yield not_checked(check, "The answer tells no time.")
        return
    side = "ahead of" if apart > 0 else "behind"
    how = f"It is {side} this machine's by {_seconds(apart)} or more."
    if abs(apart) > FAR_APART_MS:
        yield failed(check, how, _WHICH)
    elif abs(apart) > margin_ms:
        yield warning(check, how, _WHICH)
    else:
        yield ok(check, "It agrees with this machine's, as far as whole seconds tell.")


def _seconds(apart: int) -> str:
    return f"{abs(apart) / _MS:.1f} s"
