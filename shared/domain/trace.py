"""The trace of a run: W3C Trace Context, by which what several processes do for it is one story.

Its ids are made of the run's id, so whoever knows the run knows its trace: a run that an earlier
version queued has one too, and a row that an earlier version wrote back, without what it does not
know, loses no more than the caller's trace. What a caller sends is followed if it is valid.
"""

import hashlib
import re
from dataclasses import dataclass

_TRACE = re.compile(
    r"(?!ff)[\da-f]{2}-(?P<trace>(?!0{32})[\da-f]{32})"
    r"-(?P<span>(?!0{16})[\da-f]{16})-(?P<flags>[\da-f]{2})"
)
"""As W3C's Trace Context writes it in version 00, which later ones begin with."""

_SAMPLED = 1


@dataclass(frozen=True, slots=True)
class Trace:
    """A place in a trace: `trace_id` of 32 and `span_id` of 16 hexadecimal digits, lower case."""

    trace_id: str
    span_id: str
    sampled: bool = True

    @property
    def text(self) -> str:
        """Write it as the header `traceparent`."""
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


def read_trace(text: str | None) -> Trace | None:
    """Read a `traceparent`; None where there is none, or none that is valid."""
    found = _TRACE.fullmatch(text or "")
    if found is None:
        return None
    sampled = bool(int(found["flags"], 16) & _SAMPLED)
    return Trace(found["trace"], found["span"], sampled)


def trace_of(run_id: str, kept: str | None = None) -> Trace:
    """Give the place of a run's first span; `kept`: what its row holds, if a caller's trace."""
    made, caller = hashlib.sha256(f"trace {run_id}".encode()).hexdigest(), read_trace(kept)
    if caller is None:
        return Trace(made[:32], made[32:48])
    return Trace(caller.trace_id, made[32:48], caller.sampled)


def kept_trace(run_id: str, caller: str | None) -> str | None:
    """Give what a run's row keeps of its caller's `traceparent`: None where there is none."""
    return None if read_trace(caller) is None else trace_of(run_id, caller).text
