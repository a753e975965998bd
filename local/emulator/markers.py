"""Which of a request's ids a session keeps in its columns, and how it writes them."""

from __future__ import annotations

from typing import Literal
from uuid import uuid4

from local.emulator.run_call import RunCall

# own: an id of Dataverse's, which no caller has sent.
IdHeld = Literal["x-ms-client-request-id", "x-ms-correlation-id", "own"]
IdForm = Literal["kept", "upper", "braces", "bare"]


def held_id(call: RunCall, held: IdHeld | None, form: IdForm, longest: int) -> str | None:
    """Return what a column of at most `longest` characters holds of the request's ids."""
    if held is None:
        return None
    ids = {
        "x-ms-client-request-id": call.client_request_id,
        "x-ms-correlation-id": call.correlation_id,
        "own": str(uuid4()),
    }
    sent = ids[held]
    if sent is None:
        return None
    forms: dict[IdForm, str] = {
        "kept": sent,
        "upper": sent.upper(),
        "braces": f"{{{sent}}}",
        "bare": sent.replace("-", ""),
    }
    return forms[form][:longest]
