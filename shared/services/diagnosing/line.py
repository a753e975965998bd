"""A line of checks, of which each needs the one before it; lines are worked beside each other."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from shared.domain.finding import Finding, Outcome, failed, not_checked
from shared.domain.telling import told
from shared.telemetry import failure

Checks = Callable[[], Iterator[Finding]]
"""Makes checks in the order of their names; ends early where the next would make no sense."""

_LOOK = "The log has more of it (`check.failed`), with what led to it."
_SLOW = "Look whether a firewall swallows what the app sends, then ask again."


@dataclass(slots=True)
class Line:
    """Checks by their names, and what has come of them so far."""

    names: tuple[str, ...]
    checks: Checks
    found: list[Finding] = field(default_factory=list)

    def work(self) -> None:
        """Make the checks; one that breaks is told as failed, and hides none of another line."""
        try:
            for each in self.checks():
                self.found.append(each)
        except Exception as error:  # noqa: BLE001 - the outermost edge of a thread: told, not lost
            name = self._next()
            failure("check.failed", error, check=name)
            self.found.append(failed(name, f"The check broke: {told(error)}", _LOOK))

    def findings(self, *, ended: bool, seconds: float) -> tuple[Finding, ...]:
        """Give a finding of each check, now: `ended`, or after `seconds` of waiting for it."""
        found = list(self.found)
        if not ended and len(found) < len(self.names):
            late = self.names[len(found)]
            found.append(failed(late, f"No end after {seconds:.0f} seconds.", _SLOW))
        needed = f"It needs “{_in_the_way(found)}”."
        return *found, *(not_checked(name, needed) for name in self.names[len(found) :])

    def _next(self) -> str:
        return self.names[min(len(self.found), len(self.names) - 1)]


def _in_the_way(found: list[Finding]) -> str:
    """Name the check that the next ones wait for: the last one that is not well."""
    unwell = (each.check for each in reversed(found) if each.outcome is not Outcome.OK)
    return next(unwell, found[-1].check if found else "what comes before")
