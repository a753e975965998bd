"""Queues: messages that ask for runs, name a lane to be worked or a run's end to be told."""

import logging

import azure.functions as func

from shared import queues
from shared.domain.identifiers import is_lane_id
from shared.invocation import begin
from shared.telemetry import event
from shared.triggers.edge import failing_in_words
from shared.triggers.provider import Provider

CONNECTION = "RUN_STORAGE"


def blueprint(services: Provider) -> func.Blueprint:
    """Register the triggers on the queues of requests, wake-ups and notifications."""
    functions = func.Blueprint()

    @functions.function_name("ingest_request")
    @functions.queue_trigger("msg", queues.REQUESTS, CONNECTION)
    @failing_in_words
    def ingest_request(msg: func.QueueMessage, context: func.Context) -> None:
        begin(context)
        services().ingest(msg.get_body(), msg.id or "")

    @functions.function_name("dispatch_lane")
    @functions.queue_trigger("msg", queues.WAKE_UPS, CONNECTION)
    @failing_in_words
    def dispatch_lane(msg: func.QueueMessage, context: func.Context) -> None:
        begin(context)
        lane_id = msg.get_body().decode("utf-8", "replace")
        if is_lane_id(lane_id):
            services().dispatch(lane_id)
        else:
            event("wake_up.ignored", level=logging.WARNING, message_id=msg.id)

    @functions.function_name("notify_receiver")
    @functions.queue_trigger("msg", queues.NOTIFICATIONS, CONNECTION)
    @failing_in_words
    def notify_receiver(msg: func.QueueMessage, context: func.Context) -> None:
        begin(context)
        services().notify(msg.get_body().decode("utf-8", "replace"))

    return functions
