"""Noting what Dataverse said that its user may still ask for, for whoever looks."""

import logging
import math
from dataclasses import dataclass, field

from shared.domain.allowance import Allowance
from shared.services.ports import Clock, TellsAllowance
from shared.storage.last_sweep import LastSweepTable
from shared.storage.table import StorageError
from shared.telemetry import event

EVERY_SECONDS = 10.0


@dataclass(slots=True)
class NoteAllowance:
    """`_noted`: when this process wrote it last (s), and what."""

    dataverse: TellsAllowance
    last_sweep: LastSweepTable
    clock: Clock
    _noted_at: float = field(default=-math.inf, init=False)
    _noted: Allowance | None = field(default=None, init=False)

    def __call__(self) -> None:
        """Note it, unless this process did a moment ago, or has heard nothing since."""
        if self.clock.monotonic() - self._noted_at < EVERY_SECONDS:
            return
        allowance = self.news()
        if allowance is None:
            return
        try:
            self.last_sweep.note_allowance(allowance)
        except StorageError as error:
            event("allowance.not_noted", level=logging.WARNING, reason=str(error))

    def news(self) -> Allowance | None:
        """Give what was said since the last time, to be noted now."""
        allowance = self.dataverse.allowance()
        if allowance is None or allowance == self._noted:
            return None
        self._noted, self._noted_at = allowance, self.clock.monotonic()
        return allowance
