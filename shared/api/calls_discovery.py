"""The calls about what can be run, and with what."""

from shared.api.answers_discovery import CONNECTIONS, FLOW_SCHEMA, FLOWS
from shared.api.operations import Operation, Success, of_query, path_parameter
from shared.api.parts import CATALOG, FAILS
from shared.domain.codes.answers import FLOW_NOT_FOUND, INVALID_REQUEST, SCHEMA_UNREADABLE
from shared.domain.queries import LIST_CONNECTIONS, LIST_FLOWS

DISCOVERY_CALLS = (
    Operation(
        "ListFlows",
        "list_flows",
        "GET",
        "flows",
        "List desktop flows",
        "Lists the desktop flows that the app may see, by name, page by page.",
        {200: Success("A page of desktop flows.", FLOWS)},
        (INVALID_REQUEST, *CATALOG, *FAILS),
        of_query(LIST_FLOWS),
        tag="discovery",
    ),
    Operation(
        "GetFlowSchema",
        "get_flow_schema",
        "GET",
        "flows/{workflowId}/schema",
        "Get the schema of a desktop flow",
        "Tells what a desktop flow takes and gives back, as JSON Schema.",
        {200: Success("The schemas of its inputs and outputs.", FLOW_SCHEMA)},
        (FLOW_NOT_FOUND, SCHEMA_UNREADABLE, *CATALOG, *FAILS),
        (
            path_parameter(
                "workflowId",
                "Desktop Flow",
                "The desktop flow's id, as the list of flows tells it.",
                "f091ffab-58bb-4630-a115-659453d56f59",
            ),
        ),
        tag="discovery",
    ),
    Operation(
        "ListConnections",
        "list_connections",
        "GET",
        "connections",
        "List connections",
        "Lists connection references for desktop flows, and connections that were used before.",
        {200: Success("What a start may name.", CONNECTIONS)},
        (INVALID_REQUEST, *CATALOG, *FAILS),
        of_query(LIST_CONNECTIONS),
        tag="discovery",
    ),
)
