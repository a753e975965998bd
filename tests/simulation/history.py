"""What happened, in order: kept only when a seed is told or replayed, since text costs time."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulation.scheduler import Scheduler


@dataclass(slots=True)
class History:
    """Lines such as `  12.345 s  a1  table.commit …`."""

    scheduler: Scheduler
    kept: bool
    lines: list[str] = field(default_factory=list)

    def tell(self, who: str, what: str) -> None:
        if self.kept:
            self.lines.append(f"{self.scheduler.now / 1000:10.3f} s  {who:<9} {what}")


class AppLog(logging.Handler):
    """Puts the app's own events into the history; an error that nobody expected is a breach."""

    def __init__(self, history: History, breach: Callable[[str], None]) -> None:
        super().__init__()
        self.history = history
        self.breach = breach

    def emit(self, record: logging.LogRecord) -> None:
        self.history.tell("app", f"{record.levelname.lower()} {record.getMessage()}")
        if record.exc_info:
            text = logging.Formatter().formatException(record.exc_info)
            self.history.tell("app", text)
            self.breach(f"errors: {record.getMessage()} {text.splitlines()[-1]}")
