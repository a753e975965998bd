"""Import `function_app` from the app's folder and find its FunctionApp, as the worker does."""

from __future__ import annotations

import importlib
import logging
import sys
import traceback
from pathlib import Path

import azure.functions as func

from local.host.errors import HostError

logger = logging.getLogger(__name__)


def import_app(root: Path) -> func.FunctionApp:
    """Import function_app.py from `root`; HostError tells in one line why that failed.

    An app refuses a wrong setting by raising while it is imported: its message is the one that
    the developer needs. The traceback is logged at debug level.
    """
    if not (root / "function_app.py").is_file():
        raise HostError(f"{root} has no function_app.py")
    sys.path.insert(0, str(root))
    try:
        module = importlib.import_module("function_app")
    except Exception as error:  # whatever the app raises while it is imported
        logger.debug("function_app cannot be imported", exc_info=True)
        place = _place(error, root)
        raise HostError(f"function_app.py cannot be loaded: {_described(error)}{place}") from None
    apps = [value for value in vars(module).values() if isinstance(value, func.FunctionApp)]
    if len(apps) != 1:
        raise HostError(f"function_app.py must have one FunctionApp at top level, not {len(apps)}")
    return apps[0]


def _described(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _place(error: Exception, root: Path) -> str:
    """Where in the app it was raised, as ` (shared/settings.py:41)`; empty if not in the app."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(root) and ".venv" not in path.parts:
            return f" ({path.relative_to(root)}:{frame.lineno})"
    return ""
