"""Callbacks heard by services in this process, on an event loop, as the trigger has them heard."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from shared.domain.run import Run
from shared.triggers.callback_tasks import LoopTasks

if TYPE_CHECKING:
    from shared.services.following.callback import CallbackOutcome
    from shared.triggers.provider import Services


def call_back(services: Services, *runs: Run) -> list[CallbackOutcome]:
    """Hear of the ends of runs, all of which come in the same moment."""
    return asyncio.run(_hear(services, runs))


async def _hear(services: Services, runs: Sequence[Run]) -> list[CallbackOutcome]:
    tasks = LoopTasks()
    hear = services.hear_callback
    heard = (hear(run.id, run.flow_session_id or "", tasks) for run in runs)
    return await asyncio.gather(*heard)
