"""What the triggers call: the services, put together when the first of them is needed."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.services.callback_limits import CallbackLimits
from shared.services.cancel import Cancel
from shared.services.complete import Complete
from shared.services.dispatch import Dispatch
from shared.services.ingest import Ingest
from shared.services.lane_views import ViewLanes
from shared.services.listing import ListRuns
from shared.services.notify import Notify
from shared.services.outputs import ReadOutputs
from shared.services.resolve import Resolve
from shared.services.retain import Retain
from shared.services.start import Read, Start
from shared.services.sweep import Sweep


@dataclass(frozen=True, slots=True)
class Services:
    """The app's verbs."""

    start: Start
    ingest: Ingest
    read: Read
    list_runs: ListRuns
    read_outputs: ReadOutputs
    cancel: Cancel
    complete: Complete
    callback_limits: CallbackLimits
    lanes: ViewLanes
    resolve: Resolve
    dispatch: Dispatch
    sweep: Sweep
    notify: Notify
    retain: Retain


Provider = Callable[[], Services]
