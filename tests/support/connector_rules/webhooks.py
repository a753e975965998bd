"""Rules about operations that tell an address later."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.connector_rules.rule import (
    Json,
    Operation,
    Reached,
    operations,
    reached,
    rule,
    schemas,
)

URL = "x-ms-notification-url"


def _urls(document: Json, operation: Operation) -> Iterator[Reached]:
    for parameter in operation.parameters:
        if parameter.get("in") == "body":
            for each in reached(document, parameter.get("schema", {})):
                if each.schema.get(URL):
                    yield each


def _all_urls(document: Json) -> Iterator[tuple[Operation, Reached]]:
    for operation in operations(document):
        yield from ((operation, each) for each in _urls(document, operation))


@rule("NotificationUrlNotInternal")
def internal(document: Json) -> Iterator[str]:
    yield from (operation.id for operation, url in _all_urls(document) if not url.internal)


@rule("NotificationUrlNotRequired")
def required(document: Json) -> Iterator[str]:
    yield from (operation.id for operation, url in _all_urls(document) if not url.required)


@rule("NotificationUrlNotString")
def string(document: Json) -> Iterator[str]:
    for operation, url in _all_urls(document):
        if url.schema.get("type") != "string":
            yield operation.id


@rule("NotificationUrlNotAllowedInThisPosition")
def in_the_body(document: Json) -> Iterator[str]:
    """Neither in an answer nor in what is told, nor in a parameter beside the body."""
    for operation in operations(document):
        for parameter in operation.parameters:
            if parameter.get("in") != "body" and URL in parameter:
                yield f"{operation.id} {parameter['name']}"
        answers = [each["schema"] for each in operation.responses.values() if "schema" in each]
        if operation.of_a_webhook:
            answers.append(operation.item["x-ms-notification-content"].get("schema", {}))
        for answer in answers:
            if any(each.schema.get(URL) for each in reached(document, answer)):
                yield f"{operation.id} answer"


@rule("OperationMustHaveNotificationContentExtension")
def content(document: Json) -> Iterator[str]:
    for operation, _ in _all_urls(document):
        if "x-ms-notification-content" not in operation.item:
            yield operation.id


@rule("WebhookOperationsMissingNotificationUrlProperty")
def url(document: Json) -> Iterator[str]:
    for operation in operations(document):
        if operation.of_a_webhook and not list(_urls(document, operation)):
            yield operation.id


@rule("NotificationExtensionSupportedForTriggerOnly")
def extension(document: Json) -> Iterator[str]:
    for operation in operations(document):
        if "x-ms-notification" in operation.body and "x-ms-trigger" not in operation.body:
            yield operation.id


@rule("JsonTypeIncorrect")
def trigger(document: Json) -> Iterator[str]:
    """Of the extensions of webhooks: a trigger is single or batch, a notification URL is true."""
    for operation in operations(document):
        if operation.body.get("x-ms-trigger", "single") not in ("single", "batch"):
            yield operation.id
    for where, schema in schemas(document):
        if not isinstance(schema.get(URL, False), bool):
            yield where
