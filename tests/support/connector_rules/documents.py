"""Rules about the document as a whole: version, host, what it takes, who answers for it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.support.connector_rules.rule import Json, operations, rule

MIME_TYPES = {
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/plain",
}
OPERATIONS_LIMIT = 256
CATEGORIES_LIMIT = 2
METADATA = {"Website", "Privacy policy", "Categories"}
CATEGORIES = {
    "AI",
    "Business Intelligence",
    "Business Management",
    "Collaboration",
    "Commerce",
    "Communication",
    "Content and Files",
    "Data",
    "Finance",
    "Human Resources",
    "Internet of Things",
    "IT Operations",
    "Lifestyle and Entertainment",
    "Marketing",
    "Productivity",
    "Sales and CRM",
    "Security",
    "Social Media",
    "Website",
}
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d+)?")
_URL = re.compile(r"https?://[^/\s?#]+\.[^/\s?#]+(/\S*)?")
_EMAIL = re.compile(r"[!-~]+@[a-z0-9-]+(\.[a-z0-9-]+)+")


@rule("SpecificationVersionIncorrect")
def specification_version(document: Json) -> Iterator[str]:
    if document.get("swagger") != "2.0":
        yield "swagger must be the text 2.0"


@rule("HostNameNotValid")
def host(document: Json) -> Iterator[str]:
    if not _HOST.fullmatch(document.get("host", "")):
        yield "host is no name without a scheme and a path"


@rule("BasePathNotValid")
def base_path(document: Json) -> Iterator[str]:
    if not document.get("basePath", "/").startswith("/"):
        yield "basePath does not begin with a slash"


@rule("SchemesArrayEmpty")
def schemes_empty(document: Json) -> Iterator[str]:
    if document.get("schemes") == []:
        yield "schemes are empty"


@rule("SchemeNotValid")
def schemes(document: Json) -> Iterator[str]:
    for scheme in document.get("schemes", []):
        if scheme not in ("http", "https"):
            yield f"{scheme} is neither http nor https"


def _mime_types(document: Json) -> Iterator[tuple[str, list[str]]]:
    for key in ("consumes", "produces"):
        yield key, document.get(key, [])
        for operation in operations(document):
            yield f"{operation.id} {key}", operation.body.get(key, [])


@rule("MimeTypeNotValid")
def mime_types(document: Json) -> Iterator[str]:
    for where, types in _mime_types(document):
        yield from (f"{where}: {each}" for each in types if each not in MIME_TYPES)


@rule("ConsumesMissing")
def consumes(document: Json) -> Iterator[str]:
    for operation in operations(document):
        takes = operation.body.get("consumes", document.get("consumes"))
        if any(each.get("in") == "body" for each in operation.parameters) and not takes:
            yield operation.id


@rule("TagRedefined")
def tags(document: Json) -> Iterator[str]:
    names = [each["name"] for each in document.get("tags", [])]
    yield from sorted({name for name in names if names.count(name) > 1})


@rule("TotalOperationsCountExceedsMaxAllowed")
def operations_count(document: Json) -> Iterator[str]:
    count = len(list(operations(document)))
    if count > OPERATIONS_LIMIT:
        yield f"{count} operations"


@rule("ContactEmailNotValid")
def contact_email(document: Json) -> Iterator[str]:
    email = document["info"].get("contact", {}).get("email")
    if email is not None and not _EMAIL.fullmatch(email):
        yield email


@rule("UrlNotValid")
def urls(document: Json) -> Iterator[str]:
    found = {"contact": document["info"].get("contact", {}).get("url")}
    for each in document.get("x-ms-connector-metadata", []):
        if each.get("propertyName") != "Categories":
            found[each.get("propertyName")] = each.get("propertyValue")
    yield from (name for name, url in found.items() if url and not _URL.fullmatch(url))


@rule("ConnectorMetadataPropertiesMissing")
def metadata(document: Json) -> Iterator[str]:
    if "x-ms-connector-metadata" in document:
        there = {each.get("propertyName") for each in document["x-ms-connector-metadata"]}
        yield from sorted(METADATA - there)


@rule("InvalidConnectorCategory")
def categories(document: Json) -> Iterator[str]:
    for each in document.get("x-ms-connector-metadata", []):
        if each.get("propertyName") == "Categories":
            named = each.get("propertyValue", "").split(";")
            yield from (name for name in named if name not in CATEGORIES)


@rule("TooManyConnectorCategories")
def categories_count(document: Json) -> Iterator[str]:
    for each in document.get("x-ms-connector-metadata", []):
        if each.get("propertyName") == "Categories":
            named = each.get("propertyValue", "").split(";")
            if len(named) > CATEGORIES_LIMIT:
                yield f"{len(named)} categories"


@rule("SecurityRequirementMustBeDefined")
def security_defined(document: Json) -> Iterator[str]:
    for requirement in document.get("security", []):
        yield from (name for name in requirement if name not in document["securityDefinitions"])


@rule("SecurityRequirementMustHaveEmptyValue")
def security_empty(document: Json) -> Iterator[str]:
    for requirement in document.get("security", []):
        for name, scopes in requirement.items():
            kind = document["securityDefinitions"].get(name, {}).get("type")
            if scopes and kind != "oauth2":
                yield name


@rule("SecuritySchemePropertyRequired")
def security_scheme(document: Json) -> Iterator[str]:
    for name, scheme in document.get("securityDefinitions", {}).items():
        if scheme.get("type") == "apiKey":
            yield from (f"{name} {key}" for key in ("name", "in") if key not in scheme)
