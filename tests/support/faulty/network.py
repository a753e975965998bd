"""What a network does to a call: the columns of the fault matrix."""

from __future__ import annotations

from dataclasses import dataclass, replace

from local.fault_proxy.faults import Fault

AGAIN_AND_AGAIN = 4
"""More often than any of the app's clients repeats a call by itself."""


@dataclass(frozen=True)
class Failure:
    """One way to fail. `late_ms` is added before forwarding: beyond the caller's patience."""

    name: str
    fault: Fault

    @property
    def loses_work_done(self) -> bool:
        """Whether the work is done, and the caller does not hear of it."""
        fault = self.fault
        return fault.forward and (fault.cut or fault.status is not None)

    def on(self, call: Fault, *, times: int, late_ms: int) -> Fault:
        """Make the fault of this kind for the requests that `call` matches."""
        shape = self.fault
        return replace(
            shape,
            label=call.label,
            method=call.method,
            target=call.target,
            body=call.body,
            skip=call.skip,
            times=1 if shape.times == 1 else times,
            delay_before_ms=late_ms if shape.delay_before_ms else 0,
        )


def _failure(name: str, *, times: int = AGAIN_AND_AGAIN, **shape: bool | int) -> Failure:
    return Failure(name, Fault(label=name, times=times, **shape))  # type: ignore[arg-type]  # fields of Fault


CUTS = (
    _failure("cut before forwarding", times=1, forward=False, cut=True),
    _failure("cut before forwarding, again and again", forward=False, cut=True),
    _failure("cut after forwarding", times=1, cut=True),
    _failure("cut after forwarding, again and again", cut=True),
    _failure("cut amid the answer", cut_amid=True),
)
ANSWERS = (
    _failure("500 instead", forward=False, status=500),
    _failure("503 instead, once", times=1, forward=False, status=503),
    _failure("500 after the work", status=500),
)
DELAYS = (
    _failure("slow, and drop by drop", delay_after_ms=700, trickle_ms=800),
    _failure("late beyond patience", times=1, delay_before_ms=1),
)
FAILURES = CUTS + ANSWERS + DELAYS
LASTING = tuple(each for each in FAILURES if not (each.fault.cut and each.fault.times == 1))
"""Without the cuts that come once: where others fail again and again, those are their beginning."""
