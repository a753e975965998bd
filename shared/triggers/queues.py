"""Queues: messages that ask for runs, name a lane to be worked or a run's end to be told."""

import logging

import azure.functions as func

from shared import tracing
from shared.domain.guard import read_guard
from shared.domain.identifiers import is_lane_id, is_run_id
from shared.domain.message_text import is_json_object
from shared.domain.run.delivery_request import read_delivery_request
from shared.invocation import begin
from shared.queues import QueueNames
from shared.telemetry import event
from shared.triggers.edge import failing_in_words
from shared.triggers.ends import ending_text
from shared.triggers.messages import text_of
from shared.triggers.provider import Provider

CONNECTION = "RUN_STORAGE"


def blueprint(services: Provider, names: QueueNames) -> func.Blueprint:
    """Register the triggers on the queues of requests, wake-ups and notifications."""
    functions = func.Blueprint()

    @functions.function_name("ingest_request")
    @functions.queue_trigger("msg", names.requests, CONNECTION)
    @failing_in_words
    def ingest_request(msg: func.QueueMessage, context: func.Context) -> None:
        begin(context)
        services().ingest(text_of(msg, is_json_object), msg.id or "")

    @functions.function_name("dispatch_lane")
    @functions.queue_trigger("msg", names.wake_ups, CONNECTION)
    @failing_in_words
    def dispatch_lane(msg: func.QueueMessage, context: func.Context) -> None:
        begin(context)
        text = text_of(msg, _is_wake_up).decode("utf-8", "replace")
        guard = read_guard(text)
        if guard is not None:
            with tracing.span("dispatch", kind=tracing.Kind.CONSUMER):
                services().dispatch.take_over(guard)
        elif is_lane_id(text):
            with tracing.span("dispatch", kind=tracing.Kind.CONSUMER, lane=text):
                services().dispatch(text)
        else:
            event("wake_up.ignored", level=logging.WARNING, message_id=msg.id)

    @functions.function_name("notify_receiver")
    @functions.queue_trigger("msg", names.notifications, CONNECTION)
    @failing_in_words
    def notify_receiver(msg: func.QueueMessage, context: func.Context) -> None:
        begin(context)
        text = text_of(msg, _is_plain).decode("utf-8", "replace")
        request = read_delivery_request(text)
        if request is None:
            services().notify(text)
        else:
            services().deliver(request, ending_text)

    return functions


def _is_wake_up(text: str) -> bool:
    return is_lane_id(text) or is_json_object(text)


def _is_plain(text: str) -> bool:
    return is_run_id(text) or is_json_object(text)
