"""Rules about what makers read: titles, summaries and descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.support.connector_rules.rule import Json, Operation, operations, rule, schemas

SUMMARY_LIMIT = 80
TITLE_LENGTH, DESCRIPTION_LENGTH = range(1, 31), range(30, 501)
RESTRICTED_IN_TITLES = ("api", "connector", "copilot studio", "logic apps", "power apps")
RESTRICTED = ("copilot studio", "logic apps", "power apps", "power automate", "power platform")
_RESTRICTED_CHARACTERS = re.compile(r"[/\\<>*%&?]")
_NEVER_CAPITAL = {"a", "an", "and", "at", "by", "for", "if", "in", "of", "on", "or", "the", "to"}


def _summaries(document: Json) -> Iterator[tuple[str, str]]:
    for operation in operations(document):
        yield operation.id, operation.body.get("summary", "")


def _labels(document: Json) -> Iterator[tuple[str, str]]:
    for operation in operations(document):
        for parameter in operation.parameters:
            if parameter.get("in") == "body" and "x-ms-summary" in parameter:
                yield f"{operation.id} body", parameter["x-ms-summary"]
    for where, schema in schemas(document):
        if "x-ms-summary" in schema:
            yield where, schema["x-ms-summary"]


@rule("FieldLengthNotInRange")
def lengths(document: Json) -> Iterator[str]:
    info = document["info"]
    if len(info.get("title", " ")) not in TITLE_LENGTH:
        yield "title"
    if "description" in info and len(info["description"]) not in DESCRIPTION_LENGTH:
        yield "description"


@rule("ValueContainsRestrictedWords")
def restricted_words(document: Json) -> Iterator[str]:
    for key, words in (("title", RESTRICTED_IN_TITLES), ("description", RESTRICTED)):
        text = document["info"].get(key, "").lower()
        yield from (f"{key}: {word}" for word in words if re.search(rf"\b{word}\b", text))


@rule("ValueMustEndWithAlphanumeric")
def endings(document: Json) -> Iterator[str]:
    titled = ("title", document["info"].get("title", ""))
    for where, text in (titled, *_summaries(document), *_labels(document)):
        if text and not text[-1].isalnum():
            yield f"{where}: {text}"


@rule("ValueMustBeInEnglish")
def in_english(document: Json) -> Iterator[str]:
    for key in ("title", "description"):
        if not document["info"].get(key, "").isascii():
            yield key
    yield from (where for where, text in _summaries(document) if not text.isascii())


@rule("OperationSummaryTooLong")
def summary_length(document: Json) -> Iterator[str]:
    yield from (where for where, text in _summaries(document) if len(text) > SUMMARY_LIMIT)


@rule("FieldLengthExceeded")
def label_length(document: Json) -> Iterator[str]:
    yield from (where for where, text in _labels(document) if len(text) > SUMMARY_LIMIT)


@rule("RestrictedCharactersInSummary")
def restricted_characters(document: Json) -> Iterator[str]:
    for where, text in (*_summaries(document), *_labels(document)):
        if _RESTRICTED_CHARACTERS.search(text):
            yield f"{where}: {text}"


@rule("RequiredPropertyMissing")
def required(document: Json) -> Iterator[str]:
    """What has to be there, of the document, of operations and of their parameters."""
    for key in ("host", "schemes", "x-ms-connector-metadata"):
        if key not in document:
            yield key
    for key in ("title", "description", "version", "contact"):
        if not document["info"].get(key):
            yield f"info {key}"
    for operation in operations(document):
        for key in ("summary", "description"):
            if not operation.body.get(key):
                yield f"{operation.id} {key}"
        yield from _unlabelled(operation)


def _unlabelled(operation: Operation) -> Iterator[str]:
    for parameter in operation.parameters:
        for key in ("x-ms-summary", "description"):
            if not parameter.get(key):
                yield f"{operation.id} {parameter.get('name')} {key}"


@rule("StringGuidance")
def guidance(document: Json) -> Iterator[str]:
    """Not a rule of the validator, but of connector-string-guidance: cases, and no repetition."""
    for where, text in _summaries(document):
        if text and (not text[0].isupper() or any(each.istitle() for each in text.split()[1:])):
            yield f"{where}: {text} is not in sentence case"
    for where, text in _labels(document):
        if any(each.islower() and each not in _NEVER_CAPITAL for each in text.split()):
            yield f"{where}: {text} is not in title case"
    for operation in operations(document):
        if operation.body.get("summary") == operation.body.get("description", " "):
            yield f"{operation.id}: summary and description are the same"
        if "x-ms-trigger" in operation.body and not operation.body["summary"].startswith("When"):
            yield f"{operation.id}: a trigger begins with When"
    for where, schema in schemas(document):
        if "x-ms-summary" in schema and schema["x-ms-summary"] == schema.get("description"):
            yield f"{where}: summary and description are the same"
