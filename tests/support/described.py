"""Answers held against the description: every test that calls the app proves a part of it."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import httpx

from shared.api.openapi import description
from tests.support.judge import judge

OF_THE_HOST = (401, 404)
"""What the host answers by itself, without a body."""

NO_CALLS = ("/openapi.json", "/console")
"""The description itself, and the files of the page."""


class NotDescribedError(AssertionError):
    """The app answered what its description does not say."""


@cache
def document() -> dict[str, Any]:
    return description("http://127.0.0.1/api")


def hold_against_description(response: httpx.Response) -> None:
    """Raise NotDescribedError if an answer is not as the description says; a hook of httpx."""
    response.read()
    path = response.request.url.path.removeprefix("/api")
    if path.startswith(NO_CALLS) or (response.status_code in OF_THE_HOST and not response.content):
        return
    call = operation(response.request.method, path)
    if call is None:
        raise NotDescribedError(f"no call {response.request.method} {path} is described")
    described = call["responses"].get(str(response.status_code))
    told = f"{call['operationId']} answered {response.status_code} {response.text[:500]}"
    if described is None:
        raise NotDescribedError(f"{told}: no such status is described")
    if "content" not in described:
        faults = ["no body is described"] if response.content else []
    else:
        judged = _judge_of(call["operationId"], str(response.status_code))
        faults = [error.message for error in judged.iter_errors(response.json())]
    headers = described.get("headers", {})
    lacking = [
        name for name in headers if headers[name]["required"] and name not in response.headers
    ]
    if faults or lacking:
        raise NotDescribedError(f"{told}: {faults[:3]}, without {lacking}")


@cache
def _judge_of(name: str, status: str) -> Any:
    (call,) = [each for each in _calls() if each["operationId"] == name]
    schema = call["responses"][status]["content"]["application/json"]["schema"]
    return judge(schema, components=document()["components"])


def _calls() -> list[dict[str, Any]]:
    return [call for methods in document()["paths"].values() for call in methods.values()]


def operation(method: str, path: str) -> dict[str, Any] | None:
    """Find the call that a request is of: literal paths go before those with parameters."""
    for template in sorted(document()["paths"], key=lambda each: each.count("{")):
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
        if re.fullmatch(pattern, path):
            found: dict[str, Any] | None = document()["paths"][template].get(method.lower())
            if found is not None:
                return found
    return None
