"""Calls about desktop flows and connection references: lists, single rows, schema files."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from starlette.responses import HTMLResponse, Response

from local.emulator.call import Call
from local.emulator.catalogue import (
    ACTIVATION,
    CLOUD_FLOW,
    DRAFTS,
    WORKFLOWS,
    Workflow,
)
from local.emulator.environment import Environment
from local.emulator.errors import not_found
from local.emulator.faults import GATEWAY_PAGE
from local.emulator.flow_schemas import schema_of
from local.emulator.privileges import READ_FLOW, READ_REFERENCE, demand
from local.emulator.query import Table, read_query

UNPUBLISHED = "MSCRM.IncludeUnpublished"
NO_CONTENT, BAD_GATEWAY = 204, 502
LARGE = frozenset({"clientdata", "definition", "inputs", "outputs"})
"""Columns that make a list of flows time out at a gateway, where there are rows."""

FLOWS = Table(
    "workflows",
    "workflowid",
    {
        "workflowid": "guid",
        "name": "text",
        "description": "text",
        "category": "number",
        "type": "number",
        "uiflowtype": "number",
        "componentstate": "number",
        "statecode": "number",
        "statuscode": "number",
        "_ownerid_value": "guid",
        **dict.fromkeys(sorted(LARGE), "text"),
    },
)
REFERENCES = Table(
    "connectionreferences",
    "connectionreferenceid",
    {
        "connectionreferenceid": "guid",
        "connectionreferencelogicalname": "text",
        "connectionreferencedisplayname": "text",
        "connectorid": "text",
        "connectionid": "text",
        "statecode": "number",
    },
)


class CatalogCalls:
    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    async def flows(self, call: Call) -> Response:
        self._check_reading_flows()
        behaviour = self._environment.behaviour
        table = FLOWS.without(behaviour.missing_columns)
        query = read_query(call.request.url.query, table)
        found = [CLOUD_FLOW, *(flow.row() for flow in WORKFLOWS.values())]
        if behaviour.activation_copies:
            found += [_activation_of(flow) for flow in WORKFLOWS.values()]
        if _wants_drafts(call):
            found += [flow.row() for flow in DRAFTS.values()]
        rows = [row for row in found if query.condition is None or query.condition.holds(row)]
        if rows and not LARGE.isdisjoint(query.select or FLOWS.columns):
            return HTMLResponse(GATEWAY_PAGE.format("Bad Gateway"), BAD_GATEWAY)
        return call.many(table, rows, query=query, behaviour=behaviour)

    async def flow(self, call: Call) -> Response:
        table = FLOWS.without(self._environment.behaviour.missing_columns)
        return call.one(table, self._flow(call).row())

    async def schema(self, call: Call) -> Response:
        """Give the schema file of a flow's inputs or outputs."""
        flow, behaviour = self._flow(call), self._environment.behaviour
        of_inputs = call.ids[1] == "inputs"
        parameters = flow.inputs if of_inputs else flow.outputs
        content = schema_of(parameters, behaviour, of_inputs=of_inputs)
        if not parameters and behaviour.no_schema != "no_properties":
            match behaviour.no_schema:
                case "204":
                    return Response(status_code=NO_CONTENT)
                case "404":
                    raise not_found("workflow file", flow.id)
                case "empty":
                    return Response(b"", media_type="application/octet-stream")
                case "braces":
                    content = {}
                case "null":
                    content = {"schema": None}
        return Response(json.dumps(content), media_type="application/octet-stream")

    async def references(self, call: Call) -> Response:
        behaviour = self._environment.behaviour
        demand(behaviour, READ_REFERENCE)
        rows = [reference.row() for reference in self._environment.connections.references]
        table = REFERENCES.without(behaviour.missing_columns)
        return call.filtered(table, rows, behaviour=behaviour)

    def _flow(self, call: Call) -> Workflow:
        self._check_reading_flows()
        found = WORKFLOWS.get(call.ids[0].lower())
        if found is None and (_wants_drafts(call) or self._environment.behaviour.drafts_by_id):
            found = DRAFTS.get(call.ids[0].lower())
        if found is None:
            raise not_found("workflow", call.ids[0])
        return found

    def _check_reading_flows(self) -> None:
        demand(self._environment.behaviour, READ_FLOW)


def _wants_drafts(call: Call) -> bool:
    return call.request.headers.get(UNPUBLISHED, "").lower() == "true"


def _activation_of(flow: Workflow) -> dict[str, Any]:
    """Write the copy that an activation makes of a classic process; it has an id of its own."""
    copy = str(UUID(int=UUID(flow.id).int ^ 0xFF))
    return flow.row() | {"workflowid": copy, "type": ACTIVATION}
