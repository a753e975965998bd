"""The app's log: events with fields; never an input, token, key or signature.

Errors of libraries hold such, so whatever is logged of an error goes through telling.py, and the
libraries' own loggers are silent: what they have to say comes to the app as an error.
"""

import logging

from shared.domain.telling import cleaned, told_with_stack

_LOGGER = logging.getLogger("shared")
_FOREIGN = ("azure", "msal", "opentelemetry", "requests", "urllib3")

Field = str | int | float | bool | None

for _name in _FOREIGN:
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def event(name: str, *, level: int = logging.INFO, **fields: Field) -> None:
    """Log an event such as `run.submitted run_id=… lane=…`; fields that are None are left out."""
    _LOGGER.log(level, "%s %s", name, _told(fields))


def failure(name: str, error: BaseException, **fields: Field) -> None:
    """Log an error that nobody expected, with its stack and those of the errors it came of."""
    _LOGGER.error("%s %s\n%s", name, _told(fields), told_with_stack(error))


def _told(fields: dict[str, Field]) -> str:
    return " ".join(
        f"{key}={(cleaned(value) if isinstance(value, str) else value)!r}"
        for key, value in fields.items()
        if value is not None
    )
