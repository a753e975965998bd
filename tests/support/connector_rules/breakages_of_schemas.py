"""Breakages of schemas, and of what stands in them: see breakages.py."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.connector_rules.breaking import (
    Break,
    deep,
    drop,
    put,
    wide,
)
from tests.support.connector_rules.rule import Json

_START = "paths > /runs > post"
_GET = "paths > /runs/{runId} > get"
_LIST = "paths > /runs > get"
_REQUEST = "definitions > StartRunRequest > properties"
_RUN = "definitions > Run > properties"
_URL = "definitions > RunAndWaitRequest > properties > notificationUrl"
_FLOW = f"{_REQUEST} > workflowId"
_CONNECTION = f"{_REQUEST} > connectionName"
_INPUTS = f"{_REQUEST} > inputs"
_PRIORITY = f"{_REQUEST} > runPriority"
_LABELS = f"{_PRIORITY} > x-ms-enum-values"


def _of_schemas() -> Iterator[tuple[str, Break]]:
    status = f"{_RUN} > status"
    yield "SwaggerKeywordNotSupported", put(f"{status} > nullable", value=True)
    yield "UnrecognizedTypeFormat", put(f"{status} > format", "word")
    yield "InvalidStringBinaryProperty", put(f"{status} > format", "binary")
    yield "SchemaTypeFileNotValid", put(f"{status} > type", "file")
    yield (
        "ArrayHasNoItems",
        drop("definitions > WhenRunFinishesRequest > properties > status > items"),
    )
    yield "RequiredPropertyArrayEmpty", put("definitions > Run > required", [])
    yield "RequiredPropertyNotOnObject", put(f"{status} > required", ["code"])
    yield "RequiredPropertyDefinitionMissing", put("definitions > Run > required", ["colour"])
    yield "ArrayDuplicateValue", put("definitions > Run > required", ["status", "status"])
    hidden = {"type": "string", "default": "any", "x-ms-visibility": "internal"}
    yield "PropertyMustBeRequired", put(f"{_REQUEST} > hidden", hidden)
    read_only = put(f"{_REQUEST} > runMode > readOnly", value=True)
    yield "RequiredReadOnlyPropertyNotAllowedAsInput", read_only
    yield "AdditionalPropertyNotAllowed", put(f"{status} > x-ms-colour", "red")
    yield "BodySchemaCountExceedsMaxAllowed", wide(512)
    yield "SchemaTooDeep", deep(8)


def _of_values() -> Iterator[tuple[str, Break]]:
    retries, line = f"{_REQUEST} > retries", f"{_REQUEST} > correlationId"
    yield "EnumMustContainAtLeastOneElement", put(f"{line} > enum", [])
    yield "InvalidEnumValue", put(f"{line} > enum", [1])
    yield "MissingEnumValuesDisplayName", drop(f"{_LABELS} > 0 > displayName")
    yield "DuplicateEnumValuesInExtension", put(f"{_LABELS} > 1 > displayName", "Normal")
    strange = {"value": "low", "displayName": "Low"}
    yield "InvalidEnumValuesExtensionValue", put(f"{_LABELS} > 2", strange)
    yield "DefaultValueMustMatchType", put(f"{retries} > default", "none")
    yield "JsonValueNotInEnum", put(f"{_PRIORITY} > default", "low")
    yield "MinimumShouldBeLessThanOrEqualToMaximum", put(f"{retries} > minimum", 11)
    yield "MinLengthShouldBeLessThanOrEqualToMaxLength", put(f"{line} > minLength", 101)
    yield "MaxLengthMustBeGreaterThanOrEqualToZero", put(f"{line} > maxLength", -1)
    plain = f"{_RUN} > attempts"
    yield "ExclusiveMaximumRequiresMaximum", put(f"{plain} > exclusiveMaximum", value=True)
    yield "MultipleOfMustBeGreaterThanZero", put(f"{plain} > multipleOf", 0)
    yield "PatternShouldBeValidRegularExpression", put(f"{line} > pattern", "[")


def _of_references() -> Iterator[tuple[str, Break]]:
    yield "SchemaReferenceNotValid", put(f"{_RUN} > other", {"$ref": "#/schemas/Run"})
    yield "SchemaReferenceNotFound", put(f"{_RUN} > other", {"$ref": "#/definitions/Other"})
    beside = {"$ref": "#/definitions/Lane", "description": "Another."}
    yield "AdditionalPropertyNotAllowedAdjacentToRef", put(f"{_RUN} > other", beside)
    yield "PathItemRefNotSuppored", put("paths > /lanes > $ref", "#/paths/lanes")
    yield "SchemaRefLoopNotAllowed", put(f"{_RUN} > parent", {"$ref": "#/definitions/Run"})


def _of_dynamics() -> Iterator[tuple[str, Break]]:
    values, listed = f"{_FLOW} > x-ms-dynamic-values", f"{_FLOW} > x-ms-dynamic-list"
    older, newer = f"{_INPUTS} > x-ms-dynamic-schema", f"{_INPUTS} > x-ms-dynamic-properties"
    yield "OperationIdNotFound", put(f"{values} > operationId", "ListRobots")
    yield "OperationParameterNameNotFound", put(f"{values} > parameters > colour", "red")
    yield "OperationMissingRequiredProperty", put(f"{newer} > parameters", {})
    flow = {"workflowId": {"parameterReference": "body/correlationId"}}
    yield "OperationParameterRequiredMismatch", put(f"{newer} > parameters", flow)
    kind = {"connectionType": {"parameterReference": "body/runMode"}}
    mismatch = put(f"{_CONNECTION} > x-ms-dynamic-list > parameters", kind)
    yield "OperationParameterTypeMismatch", mismatch
    yield "OperationParameterStaticTypeMismatch", put(f"{values} > parameters > top", "500")
    hide = put(f"{_REQUEST} > connectionType > x-ms-visibility", "internal")
    yield "SourcePropertyInternal", hide
    yield "InvokedOperationShouldProduceArray", put(f"{listed} > itemsPath", "flows")
    yield "InvokedOperationShouldProduceProperty", put(f"{listed} > itemTitlePath", "label")
    no_list = drop(f"{_CONNECTION} > x-ms-dynamic-list")
    yield "DynamicListExtensionRequiredForNonParameterReferences", no_list
    yield "DynamicPropertiesExtensionRequiredForNonParameterReferences", drop(newer)
    yield "DynamicPropertiesItemValuePathMismatch", put(f"{older} > value-path", "outputs")
    outside = put(
        f"{_START} > parameters > 1 > x-ms-dynamic-schema", {"operationId": "GetFlowSchema"}
    )
    yield "DynamicExtensionDefinitionNotAllowedInParameter", outside
    yield "InvalidNextLinkNameValue", put(f"{_LIST} > x-ms-pageable", {"nextLinkName": "next"})


def _of_webhooks() -> Iterator[tuple[str, Break]]:
    yield "NotificationUrlNotInternal", drop(f"{_URL} > x-ms-visibility")
    yield "NotificationUrlNotRequired", drop("definitions > RunAndWaitRequest > required > 4")
    yield "NotificationUrlNotString", put(f"{_URL} > type", "object")
    told = put("definitions > Event > properties > id > x-ms-notification-url", value=True)
    yield "NotificationUrlNotAllowedInThisPosition", told
    yield "OperationMustHaveNotificationContentExtension", _without_content
    yield "WebhookOperationsMissingNotificationUrlProperty", drop(f"{_URL} > x-ms-notification-url")
    notification = {"operationId": "RunAndWait"}
    yield (
        "NotificationExtensionSupportedForTriggerOnly",
        put(f"{_GET} > x-ms-notification", notification),
    )
    yield "JsonTypeIncorrect", put("paths > /subscriptions > post > x-ms-trigger", "many")


def _without_content(document: Json) -> None:
    item = document["paths"]["/waits"]
    del item["x-ms-notification-content"]
    item["post"]["responses"]["201"]["schema"] = {"$ref": "#/definitions/Run"}


OF_SCHEMAS = (_of_schemas, _of_values, _of_references, _of_dynamics, _of_webhooks)
