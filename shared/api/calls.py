"""All calls of the app, in the order in which a reader meets them."""

from shared.api.calls_dataverse import DATAVERSE_CALLS
from shared.api.calls_discovery import DISCOVERY_CALLS
from shared.api.calls_engines import ENGINE_CALLS
from shared.api.calls_lanes import LANE_CALLS
from shared.api.calls_runs import RUN_CALLS
from shared.api.operations import Operation

CALLS: tuple[Operation, ...] = (
    *RUN_CALLS,
    *DISCOVERY_CALLS,
    *ENGINE_CALLS,
    *LANE_CALLS,
    *DATAVERSE_CALLS,
)
