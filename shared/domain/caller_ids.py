"""What a caller knows its request by: ids of its own, told in the log beside the run's.

They lead from an engine's run to ours and back. They are a stranger's texts, which prove nothing:
nothing is decided by them, and the log tells them bounded, and in characters that end neither its
line nor the value that they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared.domain.trace import read_trace

TRACKING_HEADER = "x-ms-client-tracking-id"
"""What Logic Apps and Power Automate send with the calls of their actions."""

REQUEST_HEADER = "x-ms-client-request-id"
"""What clients of Azure's SDKs send."""

TRACE_HEADER = "traceparent"

ID_LIMIT = 128
"""How many characters of an id are told."""

_UNFIT = re.compile(r"""[^\x21-\x7e]|["'\\]""")


@dataclass(frozen=True, slots=True)
class CallerIds:
    """Each is None where the caller sent none, or none that can be one."""

    tracking: str | None = None
    request: str | None = None
    trace: str | None = None


NO_IDS = CallerIds()


def caller_ids(headers: Mapping[str, str]) -> CallerIds:
    """Read a caller's ids from the headers of its request."""
    trace = headers.get(TRACE_HEADER)
    return CallerIds(
        _id(headers.get(TRACKING_HEADER)),
        _id(headers.get(REQUEST_HEADER)),
        None if read_trace(trace) is None else trace,
    )


def _id(text: str | None) -> str | None:
    """Make a text fit to be told: what ends a line or a value becomes a question mark."""
    return _UNFIT.sub("?", (text or "").strip()[:ID_LIMIT]) or None
