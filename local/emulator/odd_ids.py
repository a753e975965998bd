"""Ids of sessions as RunDesktopFlow might write them, or fail to."""

from __future__ import annotations

import json
from typing import Any, Literal
from uuid import UUID

from starlette.responses import Response

from local.emulator.json_answer import JsonAnswer

OddId = Literal["zeros", "upper", "braces", "bare", "absent", "null", "empty", "number", "text"]
KEY = "flowsessionId"


def with_odd_id(answer: Response, odd: OddId) -> Response:
    """Return RunDesktopFlow's answer with another id of the session; errors stay as they are."""
    given = json.loads(bytes(answer.body)) if answer.body else None
    if not isinstance(given, dict) or KEY not in given:
        return answer
    true = given[KEY]
    forms: dict[OddId, Any] = {
        "zeros": str(UUID(int=0)),
        "upper": true.upper(),
        "braces": f"{{{true}}}",
        "bare": true.replace("-", ""),
        "null": None,
        "empty": "",
        "number": UUID(true).int % 10**9,
        "text": "not an id",
    }
    rest = {name: value for name, value in given.items() if name != KEY}
    return JsonAnswer(rest if odd == "absent" else rest | {KEY: forms[odd]}, answer.status_code)
