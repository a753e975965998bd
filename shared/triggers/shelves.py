"""HTTP: messages that were rejected or given up: look at them, send them again, remove them."""

import azure.functions as func

from shared.domain.instants import to_iso
from shared.domain.shelved import TOLD, Shelved
from shared.triggers.edge import answering
from shared.triggers.provider import Provider
from shared.triggers.rendering import Json, json_response

_NAMES = (*TOLD, "laneId", "runId")


def blueprint(services: Provider) -> func.Blueprint:
    """Register the functions below `messages`."""
    functions = func.Blueprint()

    @functions.function_name("list_messages")
    @functions.route("messages/{queue}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
    @answering
    def list_messages(req: func.HttpRequest) -> func.HttpResponse:
        lying = services().read_messages(req.route_params["queue"])
        body: Json = {
            "queue": lying.shelf.value,
            "kind": lying.shelf.kind,
            "value": [_message_json(each) for each in lying.found],
            "more": lying.more,
        }
        return json_response(200, body)

    @functions.function_name("resend_message")
    @functions.route(
        "messages/{queue}/{messageId}/resend", methods=["POST"], auth_level=func.AuthLevel.FUNCTION
    )
    @answering
    def resend_message(req: func.HttpRequest) -> func.HttpResponse:
        queue, message_id = req.route_params["queue"], req.route_params["messageId"]
        return json_response(202, _message_json(services().messages.resend(queue, message_id)))

    @functions.function_name("remove_message")
    @functions.route(
        "messages/{queue}/{messageId}", methods=["DELETE"], auth_level=func.AuthLevel.FUNCTION
    )
    @answering
    def remove_message(req: func.HttpRequest) -> func.HttpResponse:
        services().messages.remove(req.route_params["queue"], req.route_params["messageId"])
        return func.HttpResponse(status_code=204, headers={"Cache-Control": "no-store"})

    return functions


def _message_json(found: Shelved) -> Json:
    """Render what lies on a shelf: nothing of a request that may be secret, and so no inputs."""
    first, told = found.messages[0], found.told
    return {
        "messageId": found.id,
        "insertedAt": to_iso(first.inserted_at),
        "expiresAt": to_iso(first.expires_at),
        "dequeueCount": first.taken,
        "originalMessageId": found.message_id,
        "parts": found.parts,
        "characters": None if found.text is None else len(found.text),
        "reasons": [fault.told for fault in found.reasons],
        "asksFor": {name: told.get(name) for name in _NAMES},
        "resendable": found.hindrance is None,
        "hindrance": found.hindrance,
    }
