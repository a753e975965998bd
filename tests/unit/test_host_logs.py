"""The stand-in host's log: one line an event."""

from __future__ import annotations

import logging

from local.host.logs import LineFormatter


def test_a_line_has_time_level_logger_text_and_the_fields_of_the_event() -> None:
    record = logging.makeLogRecord(
        {
            "created": 1767268800.25,
            "levelname": "INFO",
            "name": "shared.services.submitting.dispatch",
            "msg": "claimed %d runs",
            "args": (3,),
            "lane": "a1b2",
            "attempt": 2,
        }
    )
    assert LineFormatter().format(record) == (
        "2026-01-01T12:00:00.250Z INFO shared.services.submitting.dispatch: claimed 3 runs"
        "  [lane=a1b2 attempt=2]"
    )
