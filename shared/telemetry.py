"""The app's log: one event a state change, with fields; never an input, token, key or signature."""

import logging

_LOGGER = logging.getLogger("shared")

Field = str | int | float | bool | None


def event(name: str, *, level: int = logging.INFO, **fields: Field) -> None:
    """Log an event such as `run.submitted run_id=… lane=…`; fields that are None are left out."""
    told = " ".join(f"{key}={value!r}" for key, value in fields.items() if value is not None)
    _LOGGER.log(level, "%s %s", name, told)


def failure(name: str, error: BaseException, **fields: Field) -> None:
    """Log an error that nobody expected, with its stack."""
    told = " ".join(f"{key}={value!r}" for key, value in fields.items() if value is not None)
    _LOGGER.error("%s %s", name, told, exc_info=error)
