"""Breakages of the connector's definition: what is done to it, and the one rule that it breaks."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.connector_rules.breakages_of_schemas import OF_SCHEMAS
from tests.support.connector_rules.breaking import (
    Break,
    copy,
    drop,
    many,
    move,
    put,
    with_parameter,
)
from tests.support.connector_rules.rule import Json

_START = "paths > /runs > post"
_GET = "paths > /runs/{runId} > get"
_REQUEST = "definitions > StartRunRequest > properties"
_FLOW = f"{_REQUEST} > workflowId"
_TEXT: Json = {"type": "string", "x-ms-summary": "Text", "description": "Any text."}
_HEADER: Json = {"name": "X-Any", "in": "header", **_TEXT}
_FORM: Json = {"name": "any", "in": "formData", **_TEXT}


def _of_documents() -> Iterator[tuple[str, Break]]:
    metadata = "x-ms-connector-metadata"
    yield "SpecificationVersionIncorrect", put("swagger", "3.1.0")
    yield "HostNameNotValid", put("host", "https://broker.example.org")
    yield "BasePathNotValid", put("basePath", "api")
    yield "SchemesArrayEmpty", put("schemes", [])
    yield "SchemeNotValid", put("schemes", ["wss"])
    yield "MimeTypeNotValid", put("produces", ["application/problem+json"])
    yield "ConsumesMissing", put("consumes", [])
    yield "TagRedefined", put("tags", [{"name": "runs"}, {"name": "runs"}])
    yield "TotalOperationsCountExceedsMaxAllowed", many(256)
    yield "ContactEmailNotValid", put("info > contact > email", "somebody")
    yield "UrlNotValid", put("info > contact > url", "example")
    yield "ConnectorMetadataPropertiesMissing", drop(f"{metadata} > 1")
    yield "InvalidConnectorCategory", put(f"{metadata} > 2 > propertyValue", "Robots")
    yield "TooManyConnectorCategories", put(f"{metadata} > 2 > propertyValue", "AI;Data;Finance")
    yield "SecurityRequirementMustBeDefined", put("security > 0", {"other": []})
    yield "SecurityRequirementMustHaveEmptyValue", put("security > 0", {"api_key": ["read"]})
    yield "SecuritySchemePropertyRequired", drop("securityDefinitions > api_key > name")


def _of_texts() -> Iterator[tuple[str, Break]]:
    yield "FieldLengthNotInRange", put("info > description", "Runs desktop flows.")
    yield "ValueContainsRestrictedWords", put("info > title", "Desktop Flow API")
    yield "ValueMustEndWithAlphanumeric", put(f"{_START} > summary", "Start a desktop flow.")
    yield "ValueMustBeInEnglish", put(f"{_START} > summary", "Flüsse starten")
    yield "OperationSummaryTooLong", put(f"{_START} > summary", "Start " + "now " * 20 + "and here")
    yield "FieldLengthExceeded", put(f"{_FLOW} > x-ms-summary", "Flow " * 20 + "Name")
    yield "RestrictedCharactersInSummary", put(f"{_START} > summary", "Start a/b")
    yield "RequiredPropertyMissing", drop("info > contact")
    yield "StringGuidance", put(f"{_START} > summary", "Start A Desktop Flow")


def _of_operations() -> Iterator[tuple[str, Break]]:
    answers = f"{_START} > responses"
    template = "/flows/{workflowId}/schema"
    schema = {"$ref": "#/definitions/Run"}
    yield "OperationIdRequired", drop(f"{_START} > operationId")
    yield "OperationIdSanitized", put(f"{_START} > operationId", "Start_Run")
    yield "OperationIdNotUnique", put(f"{_START} > operationId", "CancelRun")
    yield "OperationMustHaveResponse", put(f"{_START} > responses", {})
    leave = "paths > /waits/{id}/{signature} > delete > responses"
    yield "OperationShouldHaveSuccessfulResponse", drop(f"{leave} > 204")
    both = put(f"{answers} > 202 > schema", schema)
    yield "OperationHasManyResponsesWithSchema", both
    yield "SchemaDefinitionSetIncorrectly", drop(f"{answers} > 200")
    told = {"description": "It failed.", "schema": schema}
    yield "DefaultResponseHasSchema", put(f"{answers} > default", told)
    yield "ResponseMustBeDefaultOrHttpStatusCode", put(f"{answers} > 4XX", {"description": "No."})
    body = {"name": "body", "in": "body", "schema": {"type": "object"}, **_TEXT}
    body = {key: value for key, value in body.items() if key != "type"}
    fetch = with_parameter("paths > /lanes > get", body)
    yield "BodyOrFormDataParameterInFetchOperationNotAllowed", fetch
    yield "OperationPathMustStartWithSlash", move("/lanes", "lanes")
    yield "OperationPathMayNotContainQueryOrFragment", move("/lanes", "/lanes?all=true")
    yield "OperationPathContainsUnsupportedCharacters", move("/lanes", "/lanes*")
    yield "OperationPathTemplateNotValid", move("/lanes", "/lanes}")
    yield "OperationPathVariablesContainDefaults", move(template, "/flows/{workflowId=1}/schema")
    yield "PathRedefined", copy("/lanes", "/Lanes", "ListLanesAgain")
    yield "DuplicateOperationPath", _renamed_variable
    yield "PartialDuplicateOperationPath", copy("/lanes", "/runs/batch", "StartBatch")


def _renamed_variable(document: Json) -> None:
    copy("/runs/{runId}", "/runs/{id}", "GetRunAgain")(document)
    operation = document["paths"]["/runs/{id}"]["get"]
    first, *others = operation["parameters"]
    operation["parameters"] = [first | {"name": "id"}, *others]


def _of_parameters() -> Iterator[tuple[str, Break]]:
    run = f"{_GET} > parameters > 0"
    yield "OperationMissingPathParameter", drop(run)
    further = {"name": "more", "in": "path", "required": True, "x-ms-url-encoding": "single"}
    yield "PathParameterNotDefinedInTemplate", with_parameter(_GET, further | _TEXT)
    yield "PathParameterMustBeRequired", put(f"{run} > required", value=False)
    yield "PathParameterMissingEncoding", drop(f"{run} > x-ms-url-encoding")
    wait = f"{_GET} > parameters > 1"
    yield "QueryParameterEncodingNotSupported", put(f"{wait} > x-ms-url-encoding", "single")
    yield "ConnectionIdParameterNotAllowed", put(f"{wait} > name", "connectionId")
    reserved = with_parameter(_GET, _HEADER | {"name": "Authorization"})
    yield "ReservedParameterIsUsed", reserved
    yield "OperationParametersContainDuplicateParameter", _given_twice
    body = {"name": "other", "in": "body", "schema": {"type": "object"}}
    labelled = body | {"x-ms-summary": "Other", "description": "Another body."}
    yield "OperationParametersContainMultipleBodyParameters", with_parameter(_START, labelled)
    yield "ParameterListContainsFormDataAndBody", with_parameter(_START, _FORM)
    yield (
        "BodyParameterSchemaRequired",
        drop(f"{_START} > parameters > 1 > schema"),
    )
    yield "BodyParameterPropertyNotValid", put(f"{_START} > parameters > 1 > type", "object")
    yield "NonBodyParameterSchemaNotValid", put(f"{wait} > schema", {"type": "integer"})
    yield "CollectionFormatValueNotSupported", put(f"{wait} > collectionFormat", "pairs")
    yield "AllowEmptyValueOnlyValidForQueryFormData", put(f"{run} > allowEmptyValue", value=True)
    hidden = {"x-ms-visibility": "internal", "default": "any"}
    optional = with_parameter(_GET, _HEADER | hidden)
    yield "InternalPropertyWithDefaultOptional", optional


def _given_twice(document: Json) -> None:
    parameters = document["paths"]["/runs/{runId}"]["get"]["parameters"]
    parameters.append(dict(parameters[1]))


BREAKAGES: dict[str, Break] = dict(
    each
    for theme in (_of_documents, _of_texts, _of_operations, _of_parameters, *OF_SCHEMAS)
    for each in theme()
)
"""One for each rule, by its name."""
