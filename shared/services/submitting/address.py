"""The address that a submission's callback URL is below: the app's own, or one that marks alone.

Where nobody can call the app back, the URL still shows whose a session is: it names a host that
never resolves (RFC 2606). That RunDesktopFlow takes such a name is documented nowhere (the
Dataverse contract, 11), so until one was taken a refused run is submitted once more without it.
"""

import logging
from dataclasses import dataclass, field

from shared.dataverse.errors import AnsweredError, NotFoundError
from shared.domain.instants import DAY_MS
from shared.domain.run import Run, RunError
from shared.services.facts import Facts, digest
from shared.services.ports import Clock
from shared.telemetry import event

MARKER_REFUSED = "MarkerRefused"
REFUSALS = 2
"""How many runs a process sees refused with the marker, and taken without, until it believes it."""

WEEK_MS = 7 * DAY_MS


@dataclass(frozen=True, slots=True)
class CallbackAddress:
    """`public`: where Dataverse can call the app; `marker`: what stands there instead, or None."""

    public: str | None
    marker: str | None
    facts: Facts
    clock: Clock
    _asked: set[str] = field(default_factory=set)
    _refused: set[str] = field(default_factory=set)

    def base(self) -> str | None:
        """Give the address for the next claim; None: its runs carry no URL.

        Raises StorageUnavailableError.
        """
        if self.public is not None or self.marker is None:
            return self.public
        refused = self._this_week()
        if refused not in self._asked:
            self._asked.add(refused)
            if not self._knows("taken"):
                self._knows(refused)
        return None if self.facts.known(self._fact(refused)) else self.marker

    def goes_without(self, run: Run) -> bool:
        """Say whether the run was refused with the marker before, and is submitted without it."""
        return self._is_marker(run) and self._was_refused(run)

    def may_be_refused(self, run: Run, error: AnsweredError) -> bool:
        """Say whether a refusal of the run may be one of its marker.

        A missing right or row is not; nor is any, where markers are known to be taken.
        """
        if error.answer.forbidden or isinstance(error, NotFoundError):
            return False
        if not self._is_marker(run) or self._knows("taken"):
            return False
        self._knows(self._this_week())  # another process may have found out: later claims obey
        return True

    def learn(self, run: Run) -> None:
        """Learn from a run that Dataverse took whether it takes markers.

        One run that was refused with it and taken without it may be chance; two are not.
        """
        if self._is_marker(run):
            self.facts.remember(self._fact("taken"), run.id)
        elif run.callback_base is None and self._was_refused(run):
            self._refused.add(run.id)
            if len(self._refused) >= REFUSALS:
                event("marker.refused", level=logging.WARNING, marker=self.marker)
                self.facts.remember(self._fact(self._this_week()), run.id)

    def _this_week(self) -> str:
        """Name the fact that markers are refused; it is found out anew each week."""
        return f"refused:{self.clock.now() // WEEK_MS}"

    def _is_marker(self, run: Run) -> bool:
        return self.marker is not None and run.callback_base == self.marker

    def _was_refused(self, run: Run) -> bool:
        return self.marker is not None and run.refused_base == self.marker

    def _knows(self, what: str) -> bool:
        return self.facts.knows(self._fact(what))

    def _fact(self, what: str) -> str:
        return f"marker:{what}:{digest(self.marker or '')}"


def refusal_of_the_marker(error: AnsweredError) -> RunError:
    """Say on a run that it is tried without the address that only marks it."""
    answer = error.answer
    return RunError(
        MARKER_REFUSED,
        "Dataverse refused the run; it is submitted once more without a callback URL:"
        f" {answer.message}",
        details=answer.code or None,
        status=answer.status,
        robot_may_have_started=False,
    )
