"""The API's description in OpenAPI 3.1, for programs and for those who write them."""

import json
from typing import Any

from shared.api.answers_error import ERROR
from shared.api.bodies import body_schema, parameter_schema
from shared.api.calls import CALLS
from shared.api.operations import Operation, Parameter, Success
from shared.api.shapes import Answer, answer_schema, answers_within, shape_schema
from shared.domain.codes import Code
from shared.domain.codes.answers import UNAVAILABLE

VERSION = "1.0"
TITLE = "Desktop Flow Broker"

Json = dict[str, Any]

_JSON = "application/json"
_ABOUT = (
    "Runs Power Automate desktop flows for other software: each run once, no faster than its"
    " connection allows, and none lost. Times are UTC in ISO 8601; errors have one shape."
)
_KEYED: list[Json] = [{"functionKey": []}]


def rendered(base: str) -> bytes:
    """Render the description as JSON; `base`: the app's address, with `/api`."""
    return json.dumps(description(base), ensure_ascii=False, separators=(",", ":")).encode()


def description(base: str) -> Json:
    """Give the description as an OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": VERSION, "description": _ABOUT},
        "servers": [{"url": base}],
        "security": _KEYED,
        "paths": _paths(),
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "functionKey": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "x-functions-key",
                    "description": "A host key of the function app.",
                }
            },
        },
    }


def _paths() -> Json:
    paths: Json = {}
    for call in CALLS:
        paths.setdefault(f"/{call.path}", {})[call.method.lower()] = _operation(call)
    return paths


def _operation(call: Operation) -> Json:
    rendered: Json = {
        "operationId": call.id,
        "summary": call.summary,
        "description": call.help,
        "tags": [call.tag],
        "parameters": [_parameter(each) for each in call.parameters],
        "responses": _responses(call),
    }
    if call.body is not None:
        schema = {"$ref": f"#/components/schemas/{call.body.name}"}
        rendered["requestBody"] = {"required": True, "content": {_JSON: {"schema": schema}}}
    if call.anonymous:
        rendered["security"] = []
    if call.told:
        rendered["callbacks"] = {field: _callback(field, told) for field, told in call.told.items()}
    return rendered


def _callback(field: str, told: Answer) -> Json:
    """Describe the POST to an address that the body names."""
    request = {"required": True, "content": {_JSON: {"schema": shape_schema(told)}}}
    answers = {"2XX": {"description": "It is taken; anything else is tried again, but for 410."}}
    post = {"description": told.help, "requestBody": request, "responses": answers}
    return {f"{{$request.body#/{field}}}": {"post": post}}


def _parameter(parameter: Parameter) -> Json:
    schema = parameter_schema(parameter)
    example = parameter.example
    rendered = {
        "name": parameter.name,
        "in": parameter.where.value,
        "required": parameter.required,
        "description": parameter.help,
        "schema": schema,
        "example": list(example) if isinstance(example, tuple) else example,
    }
    return rendered | ({"explode": False} if isinstance(example, tuple) else {})


def _responses(call: Operation) -> Json:
    responses = {str(status): _success(each) for status, each in call.answers.items()}
    if not call.anonymous:
        responses["401"] = {"description": "The key is missing or wrong. The host says no more."}
    for status, codes in call.errors.items():
        responses[str(status)] = _error(status, codes)
    return dict(sorted(responses.items()))


def _success(success: Success) -> Json:
    rendered: Json = {"description": success.help}
    if success.shape is not None:
        rendered["content"] = {_JSON: {"schema": shape_schema(success.shape)}}
    if success.headers:
        rendered["headers"] = {
            each.name: {
                "description": each.help,
                "schema": shape_schema(each.shape),
                "required": each.always,
            }
            for each in success.headers
        }
    return rendered


def _error(status: int, codes: list[Code]) -> Json:
    told = "\n".join(f"- `{code.name}`: {code.meaning} {code.advice}" for code in codes)
    names = {"properties": {"code": {"enum": [code.name for code in codes]}}}
    schema = {"allOf": [shape_schema(ERROR), {"properties": {"error": names}}]}
    rendered: Json = {"description": told, "content": {_JSON: {"schema": schema}}}
    if status == UNAVAILABLE.status:
        help_text = "After how many seconds to ask again."
        rendered["headers"] = {
            "Retry-After": {
                "description": help_text,
                "schema": {"type": "integer"},
                "required": True,
            }
        }
    return rendered


def _schemas() -> Json:
    named: dict[str, Answer] = answers_within(ERROR)
    for call in CALLS:
        for success in call.answers.values():
            if success.shape is not None:
                named |= answers_within(success.shape)
        for told in call.told.values():
            named |= answers_within(told)
    bodies = {call.body.name: body_schema(call.body) for call in CALLS if call.body is not None}
    return bodies | {name: answer_schema(answer) for name, answer in named.items()}
