"""HTTP: what needs somebody's attention."""

import azure.functions as func

from shared.domain.allowance import WINDOW_SECONDS, Allowance
from shared.domain.instants import to_iso, to_iso_if_known
from shared.domain.pause import Pause
from shared.services.reading.attention import Attention
from shared.services.reading.index_listing import SomeRuns
from shared.triggers.access import Access, access_of
from shared.triggers.edge import answering
from shared.triggers.lane_rendering import lane_json
from shared.triggers.provider import Provider
from shared.triggers.rendering import Json, json_response, run_json


def blueprint(services: Provider) -> func.Blueprint:
    """Register `attention`."""
    functions = func.Blueprint()

    @functions.function_name("get_attention")
    @functions.route("attention", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def get_attention(req: func.HttpRequest) -> func.HttpResponse:
        return json_response(200, attention_json(services().attention(), access_of(req)))

    return functions


def attention_json(attention: Attention, access: Access) -> Json:
    """Render it; `access`: what the caller's key may do."""
    return {
        "asOf": to_iso(attention.as_of),
        "access": access.value,
        "runsNeedingOperator": _runs_json(attention.needing),
        "pausedLanes": [lane_json(lane) for lane in attention.paused],
        "hold": _hold_json(attention.hold) if attention.hold else None,
        "messages": [
            {"queue": each.shelf.value, "kind": each.shelf.kind, "count": each.count}
            for each in attention.messages
        ],
        "notificationsGivenUp": _runs_json(attention.given_up),
        "sweep": {"lastAt": to_iso_if_known(attention.swept_at), "late": attention.late},
        "allowance": _allowance_json(attention.allowance) if attention.allowance else None,
    }


def _runs_json(some: SomeRuns) -> Json:
    return {"value": [run_json(run) for run in some.runs], "more": some.more}


def _hold_json(hold: Pause) -> Json:
    return {"until": to_iso(hold.until), "code": hold.code, "message": hold.message}


def _allowance_json(allowance: Allowance) -> Json:
    return {
        "requests": {
            "limit": allowance.limit,
            "remaining": allowance.remaining,
            "windowSeconds": WINDOW_SECONDS,
        },
        "asOf": to_iso(allowance.at),
    }
