"""What a run is: its states (states.py), the steps between them, and what is told of its end."""

from shared.domain.run.states import Polling, Run, RunError
from shared.domain.run.status import AWAITING_ANSWER, FINAL, RunStatus

__all__ = ["AWAITING_ANSWER", "FINAL", "Polling", "Run", "RunError", "RunStatus"]
