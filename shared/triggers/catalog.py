"""HTTP: what can be run, and with what: desktop flows, their schemas, connections."""

import azure.functions as func

from shared.domain.codes.answers import FLOW_NOT_FOUND
from shared.domain.flow import DesktopFlow
from shared.domain.flow_schema import FlowSchema
from shared.domain.queries import LIST_CONNECTIONS, LIST_FLOWS
from shared.services.reading.connection_list import Connectable
from shared.services.reading.flows import FlowsRequest
from shared.triggers.addresses import Addresses
from shared.triggers.edge import answering
from shared.triggers.listing import written
from shared.triggers.provider import Provider
from shared.triggers.rendering import Json, error_response, exact_response, json_response


def blueprint(services: Provider, addresses: Addresses) -> func.Blueprint:
    """Register `flows`, `flows/{workflowId}/schema` and `connections`."""
    functions = func.Blueprint()
    _flows(functions, services, addresses)
    _connections(functions, services)
    return functions


def _flows(functions: func.Blueprint, services: Provider, addresses: Addresses) -> None:
    @functions.function_name("list_flows")
    @functions.route("flows", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def list_flows(req: func.HttpRequest) -> func.HttpResponse:
        listed = services().list_flows(_flows_request(req))
        token = listed.continuation_token
        body: Json = {
            "value": [_flow_json(flow) for flow in listed.flows],
            "continuationToken": token,
        }
        if token is not None:
            asked = {name: req.params[name] for name in LIST_FLOWS.names if name in req.params}
            body["nextLink"] = addresses.link(req, "flows", asked | {"continuationToken": token})
        return json_response(200, body)

    @functions.function_name("get_flow_schema")
    @functions.route(
        "flows/{workflowId}/schema", methods=["GET"], auth_level=func.AuthLevel.FUNCTION
    )
    @answering
    def get_flow_schema(req: func.HttpRequest) -> func.HttpResponse:
        schemas = services().read_schemas(req.route_params["workflowId"])
        if schemas is None:
            return error_response(FLOW_NOT_FOUND, "There is no desktop flow of this id.")
        body = {"inputs": _schema_json(schemas.inputs), "outputs": _schema_json(schemas.outputs)}
        return exact_response(body)


def _connections(functions: func.Blueprint, services: Provider) -> None:
    @functions.function_name("list_connections")
    @functions.route("connections", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def list_connections(req: func.HttpRequest) -> func.HttpResponse:
        read = LIST_CONNECTIONS.read(req.params, written(req))
        read.check()
        listed = services().list_connections(read["connectionType"], others=read["all"])
        return json_response(200, {"value": [_connection_json(each) for each in listed]})


def _flows_request(req: func.HttpRequest) -> FlowsRequest:
    read = LIST_FLOWS.read(req.params, written(req))
    read.check()
    return FlowsRequest(read["drafts"], read["search"], read["top"], read["continuationToken"])


def _flow_json(flow: DesktopFlow) -> Json:
    return {
        "workflowId": flow.id,
        "name": flow.name,
        "description": flow.description,
        "published": flow.published,
        "state": flow.state.value,
    }


def _schema_json(schema: FlowSchema | None) -> Json | None:
    """Render a schema; one without properties is null, as connectors want it."""
    return None if schema is None or not schema.properties else dict(schema.document)


def _connection_json(each: Connectable) -> Json:
    return {
        "name": each.name,
        "displayName": each.display_name,
        "connectionName": each.connection,
        "connectionType": int(each.type),
        "usable": each.hindrance is None,
        "reason": each.hindrance,
    }
