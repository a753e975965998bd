"""HTTP: what can be run, and with what: desktop flows, their schemas, connections."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode, urlsplit

import azure.functions as func

from shared.domain.codes.answers import FLOW_NOT_FOUND
from shared.domain.flow import DesktopFlow
from shared.domain.flow_schema import FlowSchema
from shared.domain.request import Fault, InvalidRequestError
from shared.services.reading.connection_list import Connectable
from shared.services.reading.flows import SEARCH_LIMIT, TOP_DEFAULT, TOP_LIMIT, FlowsRequest
from shared.triggers.edge import answering
from shared.triggers.provider import Provider
from shared.triggers.rendering import Json, error_response, exact_response, json_response

_OF_THE_HOST = ("code", "clientId")
_SWITCH = {"true": True, "false": False}


def blueprint(services: Provider) -> func.Blueprint:
    """Register `flows`, `flows/{workflowId}/schema` and `connections`."""
    functions = func.Blueprint()
    _flows(functions, services)
    _connections(functions, services)
    return functions


def _flows(functions: func.Blueprint, services: Provider) -> None:
    @functions.function_name("list_flows")
    @functions.route("flows", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def list_flows(req: func.HttpRequest) -> func.HttpResponse:
        listed = services().list_flows(_flows_request(req.params))
        token = listed.continuation_token
        body: Json = {
            "value": [_flow_json(flow) for flow in listed.flows],
            "continuationToken": token,
        }
        if token is not None:
            body["nextLink"] = _next_link(req, token)
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
        faults = _unknown(req.params, ("all",))
        everything = _switch(req.params, "all", faults)
        if faults:
            raise InvalidRequestError(*faults)
        listed = services().list_connections(others=everything)
        return json_response(200, {"value": [_connection_json(each) for each in listed]})


def _flows_request(params: Mapping[str, str]) -> FlowsRequest:
    faults = _unknown(params, ("search", "drafts", "top", "continuationToken"))
    search, top = params.get("search", "").strip(), params.get("top", str(TOP_DEFAULT))
    if len(search) > SEARCH_LIMIT or ("search" in params and not search):
        message = f"must be a text of 1 to {SEARCH_LIMIT} characters"
        faults.append(Fault("search", "InvalidValue", message))
    drafts = _switch(params, "drafts", faults)
    if not re.fullmatch(r"\d{1,4}", top, re.ASCII) or not 1 <= int(top) <= TOP_LIMIT:
        faults.append(Fault("top", "InvalidValue", f"must be a whole number from 1 to {TOP_LIMIT}"))
    if faults:
        raise InvalidRequestError(*faults)
    return FlowsRequest(drafts, search or None, int(top), params.get("continuationToken"))


def _unknown(params: Iterable[str], known: tuple[str, ...]) -> list[Fault]:
    return [
        Fault(name[:100], "UnknownParameter", f"is not one of {', '.join(known)}")
        for name in params
        if name not in known + _OF_THE_HOST
    ]


def _switch(params: Mapping[str, str], name: str, faults: list[Fault]) -> bool:
    found = _SWITCH.get(params.get(name, "false").lower())
    if found is None:
        faults.append(Fault(name, "InvalidValue", "must be true or false"))
    return found is True


def _next_link(req: func.HttpRequest, token: str) -> str:
    """Give the address of the next page: the caller's own, without the function key in it."""
    url = urlsplit(req.url)
    kept = {name: text for name, text in req.params.items() if name not in _OF_THE_HOST}
    query = urlencode(kept | {"continuationToken": token})
    return f"{url.scheme}://{url.netloc}{url.path}?{query}"


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
