"""The description as it is served: at the app's own address, and once for who has it already."""

from __future__ import annotations

import json
from typing import Any

import azure.functions as func

from local.host.invocation import InvocationContext
from shared.triggers import description
from shared.triggers.addresses import Addresses

ASKED = "http://10.0.0.4/api/openapi.json"


def get(addresses: Addresses, tag: str | None = None) -> func.HttpResponse:
    app = func.FunctionApp()
    app.register_functions(description.blueprint(addresses))
    (function,) = app.get_functions()
    headers = {} if tag is None else {"If-None-Match": tag}
    request = func.HttpRequest("GET", ASKED, headers=headers, body=b"")
    context = InvocationContext("an id", "openapi", "")
    answer: func.HttpResponse = function.get_user_function()(request, context)
    return answer


def document(answer: func.HttpResponse) -> Any:
    return json.loads(answer.get_body())


def test_it_names_the_address_that_the_app_is_known_by() -> None:
    """A client that is made from it must not go past the gateway."""
    served = document(get(Addresses("https://robots.example.org/broker")))
    assert served["servers"] == [{"url": "https://robots.example.org/broker/api"}]
    assert document(get(Addresses()))["servers"] == [{"url": "http://10.0.0.4/api"}]


def test_no_cache_hands_it_to_others_who_call_the_app_otherwise() -> None:
    assert get(Addresses()).headers["Cache-Control"] == "private, no-cache"


def test_who_has_it_is_told_so() -> None:
    tag = get(Addresses()).headers["ETag"]
    for given in (tag, f"W/{tag}", f'"another", {tag}'):
        answer = get(Addresses(), given)
        assert (answer.status_code, answer.get_body()) == (304, b"")
    assert get(Addresses(), '"another"').status_code == 200
    assert get(Addresses("https://elsewhere.example.org"), tag).status_code == 200
