"""Mutations of what is kept of a run's life."""

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from shared.domain.run import history


def claims_missing_in_histories() -> AbstractContextManager[Any]:
    """What a claim has done to a run that it did not read is added by nobody."""
    return patch.object(history, "claimed", lambda run, _: run)
