"""The connector of Power Platform as Swagger 2.0, the one form that it takes.

Rendered from the same tables as the description in OpenAPI 3.1. What Microsoft's validator asks of
it: certification-swagger-validator-rules in the documentation of custom connectors.
"""

from typing import Any

from shared.api.calls import CALLS
from shared.api.connector import (
    ABOUT,
    DEFAULTS,
    SAID,
    TEST_OPERATION,
    TITLE,
    TOOLS,
    Tool,
)
from shared.api.openapi import VERSION
from shared.api.operations import Operation, Parameter, Success, Where
from shared.api.shapes import SHAPES, Answer, Plain
from shared.api.swagger_schemas import (
    Given,
    answer_definitions,
    body_definition,
    input_schema,
    output_schema,
    picker_schema,
)
from shared.domain.codes import Code
from shared.domain.fields import Visibility
from shared.domain.list_kinds import Several

NO_HOST = "your-function-app.invalid"
"""What stands for the host until somebody writes it in: a name that leads nowhere, by RFC 2606."""

Json = dict[str, Any]

_JSON = ["application/json"]
_CALLS = {call.id: call for call in CALLS}
_OK = (200, 201)


def definition(host: str = NO_HOST) -> Json:
    """Give the connector's definition, for an app at this host."""
    return {
        "swagger": "2.0",
        "info": {
            "title": TITLE,
            "description": ABOUT,
            "version": VERSION,
            "contact": {"name": TITLE, "url": f"https://{host}/api/openapi.json"},
        },
        "host": host,
        "basePath": "/api",
        "schemes": ["https"],
        "consumes": _JSON,
        "produces": _JSON,
        "paths": _paths(),
        "definitions": _definitions(),
        "securityDefinitions": {
            "api_key": {"type": "apiKey", "in": "header", "name": "x-functions-key"}
        },
        "security": [{"api_key": []}],
        "x-ms-capabilities": {"testConnection": {"operationId": TEST_OPERATION}},
        "x-ms-connector-metadata": [
            {"propertyName": "Website", "propertyValue": f"https://{host}/api/openapi.json"},
            {"propertyName": "Privacy policy", "propertyValue": f"https://{host}/api/openapi.json"},
            {"propertyName": "Categories", "propertyValue": "IT Operations;Productivity"},
        ],
    }


def _paths() -> Json:
    paths: Json = {}
    for tool in TOOLS:
        call = _CALLS[tool.call]
        item = paths.setdefault(f"/{call.path}", {})
        told = _notification(call)
        if told is not None:
            reference = {"$ref": f"#/definitions/{told.name}"}
            item["x-ms-notification-content"] = {"description": told.help, "schema": reference}
        item[call.method.lower()] = _operation(tool, call)
    return paths


def _operation(tool: Tool, call: Operation) -> Json:
    rendered: Json = {
        "operationId": tool.id,
        "summary": tool.summary,
        "description": tool.help,
        "parameters": _parameters(tool, call),
        "responses": _responses(tool, call),
    }
    if tool.visibility is not Visibility.NORMAL:
        rendered["x-ms-visibility"] = tool.visibility.value
    if tool.hint is not None:
        rendered |= {"x-ms-trigger": "single", "x-ms-trigger-hint": tool.hint}
    return rendered


def _parameters(tool: Tool, call: Operation) -> list[Json]:
    given = [each for each in call.parameters if each.name not in tool.without]
    within = Given(frozenset(each.name for each in given))
    rendered = [_parameter(each, tool, within) for each in given]
    if call.body is not None:
        body = {
            "name": "body",
            "in": "body",
            "required": True,
            "x-ms-summary": "Request",
            "description": f"What is sent for {call.body.what}.",
            "schema": {"$ref": f"#/definitions/{_body_name(tool)}"},
        }
        rendered.append(body)
    return rendered


def _parameter(parameter: Parameter, tool: Tool, within: Given) -> Json:
    name, needed = parameter.name, parameter.required or parameter.name in tool.needs
    rendered: Json = {
        "name": name,
        "in": parameter.where.value,
        "required": needed,
        "x-ms-summary": parameter.title,
        "description": SAID.get(name, parameter.help) if needed else parameter.help,
        **_parameter_schema(parameter),
    }
    if name in tool.needs and name in DEFAULTS:
        rendered["default"] = DEFAULTS[name]
    if parameter.where is Where.PATH:
        rendered["x-ms-url-encoding"] = "single"
    if name in tool.needs:
        rendered["x-ms-visibility"] = Visibility.IMPORTANT.value
    return rendered | (picker_schema(name, within) if tool.visibility is not _INTERNAL else {})


_INTERNAL = Visibility.INTERNAL


def _parameter_schema(parameter: Parameter) -> Json:
    shape = parameter.shape
    if isinstance(shape, Several):  # one of them will do, and is chosen from a list
        one: Json = input_schema(shape)["items"]
        return one
    if isinstance(shape, SHAPES):
        longest = shape.longest if isinstance(shape, Plain) else None
        bound = {"maxLength": longest} if longest else {}
        return output_schema(shape, Given(frozenset())) | bound
    return input_schema(shape)


def _responses(tool: Tool, call: Operation) -> Json:
    responses = {str(status): _success(status, each) for status, each in call.answers.items()}
    if tool.result is not None:
        responses["200"] = _success(200, _CALLS[tool.result].answers[200])
    if tool.shown is not None:
        responses["200"] = _success(200, call.answers[tool.shown])
    if _notification(call) is not None or _is_result(tool):
        for response in responses.values():
            response.pop("schema", None)
    if not call.anonymous:
        responses["401"] = {"description": "The key is missing or wrong."}
    for status, codes in call.errors.items():
        responses[str(status)] = {"description": _meanings(codes)}
    return dict(sorted(each for each in responses.items() if each[0] != "304"))


def _success(status: int, success: Success) -> Json:
    rendered: Json = {"description": success.help}
    if success.shape is not None and status in _OK:
        rendered["schema"] = {"$ref": f"#/definitions/{success.shape.name}"}
    if success.headers:
        rendered["headers"] = {
            each.name: output_schema(each.shape, Given(frozenset())) | {"description": each.help}
            for each in success.headers
        }
    return rendered


def _meanings(codes: list[Code]) -> str:
    return " ".join(f"{code.name}: {code.meaning}" for code in codes)


def _notification(call: Operation) -> Answer | None:
    """Give what is told at the address of an engine."""
    return call.told.get("notificationUrl")


def _is_result(tool: Tool) -> bool:
    """Say whether this tells what another leads to, and is described there."""
    return tool.call in {each.result for each in TOOLS}


def _body_name(tool: Tool) -> str:
    return f"{tool.id}Request"


def _definitions() -> Json:
    found: Json = {}
    for tool in TOOLS:
        call = _CALLS[tool.call]
        if call.body is not None:
            found[_body_name(tool)] = body_definition(call.body, tool.needs, tool.without)
        for answer in _answers(tool, call):
            found |= answer_definitions(answer, _given(call))
    return found


def _answers(tool: Tool, call: Operation) -> list[Answer]:
    """Give what an operation's schemas refer to."""
    told = _notification(call)
    if told is not None:
        return [told]
    if _is_result(tool):
        return []
    calls = [call] if tool.result is None else [call, _CALLS[tool.result]]
    statuses = (*_OK, tool.shown)
    answers = [
        success for each in calls for status, success in each.answers.items() if status in statuses
    ]
    return [each.shape for each in answers if each.shape is not None]


def _given(call: Operation) -> Given:
    """Give what an answer's dynamic schema may refer to."""
    if call.body is not None:
        return Given(frozenset(call.body.names), "body/")
    return Given(frozenset(each.name for each in call.parameters))
