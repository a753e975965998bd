"""Leaving: somebody waits for a run's end no more, and may want it cancelled by that."""

from dataclasses import dataclass

from shared.domain.run.waiter import read_wait_name
from shared.domain.run.waiters import leave
from shared.services.deciding.cancel import Cancel
from shared.services.refusals import CancelRefusedError
from shared.telemetry import event


@dataclass(frozen=True, slots=True)
class LeaveWait:
    """Whatever fails after the leaving was written is done by the next look at the run."""

    cancel: Cancel

    def __call__(self, name: str) -> None:
        """End a wait by its name; what is gone or was ended before is left as it is.

        Raises StorageUnavailableError.
        """
        named = read_wait_name(name)
        stored = None if named is None else self.cancel.runs.read(named[0])
        if named is None or stored is None:
            return
        key, at = named[1], self.cancel.clock.now()
        before = stored.run
        run = self.cancel.runs.change(stored, lambda run: leave(run, key, at=at))
        if run.waiters == before.waiters:
            return
        cancels = run.cancel_requested_at != before.cancel_requested_at
        event("run.left", run_id=run.id, waiter=key, status=run.status.value, cancels=cancels)
        if cancels:
            try:
                self.cancel.carry_out(run)
            except CancelRefusedError as error:
                event("run.not_cancelled_yet", run_id=run.id, reason=str(error))
