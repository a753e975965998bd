"""Log lines on stderr: one an event, with the fields that the app gave it."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

from local.host.invocation_ids import KeepsInvocations

# What every record has; the rest came with `extra=`.
STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class LineFormatter(logging.Formatter):
    """`2026-01-31T12:00:00.000Z WARNING shared.services.…: text  [lane=... attempt=2]`."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = f"{stamp} {record.levelname} {record.name}: {record.getMessage()}"
        extra = {k: v for k, v in vars(record).items() if k not in STANDARD_FIELDS}
        if extra:
            line += f"  [{' '.join(f'{name}={value}' for name, value in extra.items())}]"
        if record.exc_info:
            line += f"\n{self.formatException(record.exc_info)}"
        return line


def log_to_stderr(level: int) -> None:
    """Send the process's log to stderr from `level` on; Azure's SDK only from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    handler.addFilter(KeepsInvocations())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("azure", "urllib3"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
