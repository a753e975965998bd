"""HTTP: start up to a hundred runs in one call, each answered as if it was asked for alone."""

from dataclasses import replace
from typing import Any

import azure.functions as func

from shared.domain.caller_ids import CallerIds, caller_ids
from shared.domain.faults import InvalidRequestError
from shared.domain.keyed import KEY_FIELD, read_batch, validate_keyed
from shared.domain.strict_json import parse
from shared.services.starting.start import Started
from shared.services.starting.start_batch import Outcome, Wish
from shared.triggers.bodies import body_of
from shared.triggers.edge import answering, told_to_caller
from shared.triggers.provider import Provider
from shared.triggers.rendering import Json, json_response, run_json

_NAME = "start_batch"


def register(functions: func.Blueprint, services: Provider) -> None:
    """Register `POST runs/batch`."""

    @functions.function_name(_NAME)
    @functions.route("runs/batch", methods=["POST"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def start_batch(req: func.HttpRequest) -> func.HttpResponse:
        items = read_batch(parse(body_of(req)))
        wishes, outcomes = _read(items, caller_ids(req.headers))
        started = services().start_batch(list(wishes.values())) if wishes else []
        outcomes |= dict(zip(wishes, started, strict=True))
        value = [_item_json(number, outcomes[number]) for number in sorted(outcomes)]
        return json_response(200, {"value": value})


def _read(items: list[Any], caller: CallerIds) -> tuple[dict[int, Wish], dict[int, Outcome]]:
    """Tell the starts that are valid, by their numbers, from the faults of the others."""
    wishes: dict[int, Wish] = {}
    faults: dict[int, Outcome] = {}
    for number, item in enumerate(items):
        try:
            request, key = validate_keyed(item)
            wishes[number] = replace(request, caller=caller), key
        except InvalidRequestError as error:
            faults[number] = error
    return wishes, faults


def _item_json(number: int, outcome: Outcome) -> Json:
    """Render what became of one start, with the status and body of its own answer."""
    if isinstance(outcome, Started):
        status = 202 if outcome.new else 200
        return {"index": number, "status": status, "run": run_json(outcome.run)}
    code, error = told_to_caller(outcome, _NAME, KEY_FIELD)
    return {"index": number, "status": code.status or 500, "error": error}
