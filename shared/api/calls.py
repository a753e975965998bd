"""All calls of the app, in the order in which a reader meets them."""

from dataclasses import replace

from shared.api.calls_dataverse import DATAVERSE_CALLS
from shared.api.calls_diagnosis import DIAGNOSIS_CALLS
from shared.api.calls_discovery import DISCOVERY_CALLS
from shared.api.calls_engines import ENGINE_CALLS
from shared.api.calls_lanes import LANE_CALLS
from shared.api.calls_messages import MESSAGE_CALLS
from shared.api.calls_runs import RUN_CALLS
from shared.api.operations import Operation
from shared.domain.codes.operators import READ_ONLY


def _guarded(call: Operation) -> Operation:
    """Add what the app's edge answers to whoever may only read, whatever else he calls."""
    return call if call.method == "GET" else replace(call, codes=(*call.codes, READ_ONLY))


CALLS: tuple[Operation, ...] = tuple(
    _guarded(call)
    for call in (
        *RUN_CALLS,
        *DISCOVERY_CALLS,
        *ENGINE_CALLS,
        *LANE_CALLS,
        *MESSAGE_CALLS,
        *DIAGNOSIS_CALLS,
        *DATAVERSE_CALLS,
    )
)
