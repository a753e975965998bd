"""Errors of the Web API: a status, a code, a message (the Dataverse contract, section 10)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from local.emulator.json_answer import JsonAnswer

NOT_FOUND = "0x80040217"
MISSING_PRIVILEGE = "0x80040220"
NOT_A_MEMBER = "0x80072560"
INTERNAL = "0x80040216"
BAD_QUERY = "0x80060888"
BAD_PAYLOAD = "0x80048d19"
BAD_ACTION = "0x80040265"
ACCESS_DENIED = "0x80048306"
FLOW_CLIENT = "0x80060467"
PRECONDITION = "0x80060882"
TOO_MUCH_TIME = "0x80072321"
TOO_MANY_REQUESTS = "0x80072322"
TOO_CONCURRENT = "0x80072326"
CONNECTION_DENIED = "ConnectionAuthorizationFailed"
RUNS_THROTTLED = "DesktopFlowsActionThrottled"


class WebApiError(Exception):
    """An answer that is an error; `headers` are further headers of it."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})

    def response(self) -> JsonAnswer:
        body = {"error": {"code": self.code, "message": str(self)}}
        return JsonAnswer(body, self.status, self.headers)


def not_found(entity: str, key: str) -> WebApiError:
    message = f"Entity '{entity}' With Id = {key} Does Not Exist"
    return WebApiError(404, NOT_FOUND, message)


def bad_query(message: str) -> WebApiError:
    return WebApiError(400, BAD_QUERY, message)


def bad_payload(message: str) -> WebApiError:
    return WebApiError(400, BAD_PAYLOAD, message)


def missing_privilege(privilege: str, principal: str) -> WebApiError:
    message = f"Principal user (Id={principal}, type=8) is missing {privilege} privilege"
    return WebApiError(403, MISSING_PRIVILEGE, message)


def unauthorized(challenge: str) -> WebApiError:
    return WebApiError(401, "", "HTTP Error 401 - Unauthorized", {"WWW-Authenticate": challenge})


def service_request_id() -> str:
    return secrets.token_hex(16)
