"""What Dataverse tells of a flow's inputs becomes clean JSON Schema: the schema as a whole."""

from typing import Any

import pytest

from shared.domain.flow_schema import (
    read_schema,
)

DOCUMENTED = {
    "schema": {
        "type": "object",
        "properties": {
            "inputText": {
                "default": "",
                "description": "",
                "format": None,
                "title": "Text to type",
                "type": "string",
                "value": "",
            },
            "inputInteger": {
                "default": "",
                "description": "How many",
                "format": None,
                "title": "inputInteger",
                "type": "number",
                "value": "0",
            },
        },
    }
}


def test_the_documented_schema_loses_what_says_nothing() -> None:
    """A number whose default is "" would break every form that is made of it."""
    schema = read_schema(DOCUMENTED)
    assert schema is not None
    assert schema.document == {
        "type": "object",
        "properties": {
            "inputText": {"title": "Text to type", "type": "string"},
            "inputInteger": {
                "title": "inputInteger",
                "description": "How many",
                "type": "number",
            },
        },
    }
    assert schema.required == ()


@pytest.mark.parametrize(
    "body", [{}, {"schema": None}, {"schema": {}}, {"schema": {"type": "object"}}, {"other": 1}]
)
def test_what_tells_no_properties_is_no_schema(body: dict[str, Any]) -> None:
    assert read_schema(body) is None


def test_a_schema_without_properties_says_that_there_are_none() -> None:
    schema = read_schema({"schema": {"type": "object", "properties": {}}})
    assert schema is not None
    assert schema.properties == {}


def test_a_schema_that_is_not_wrapped_is_read_too() -> None:
    assert read_schema(DOCUMENTED["schema"]) == read_schema(DOCUMENTED)


@pytest.mark.parametrize(
    "told",
    [
        {"required": ["A", "Nobody"], "properties": {"A": {}, "B": {}}},
        {"properties": {"A": {"required": True}, "B": {"required": False}}},
        {"required": True, "properties": {"A": {"required": True}, "B": {"required": "yes"}}},
    ],
)
def test_required_is_what_the_schema_itself_says(told: dict[str, Any]) -> None:
    schema = read_schema({"schema": told})
    assert schema is not None
    assert schema.required == ["A"]
    assert schema.document["required"] == ["A"]


@pytest.mark.parametrize("told", [True, None, 7, "x", []])
def test_a_property_that_tells_nothing_stays_by_its_name(told: object) -> None:
    schema = read_schema({"schema": {"properties": {"x": told}}})
    assert schema is not None
    assert schema.properties == {"x": {}}


def test_a_reference_into_the_schema_is_followed() -> None:
    told = {
        "definitions": {"a/b": {"type": "boolean"}},
        "properties": {
            "x": {"$ref": "#/definitions/a~1b"},
            "y": {"$ref": "https://elsewhere.example/schema"},
            "z": {"$ref": "#/definitions/nobody"},
        },
    }
    schema = read_schema({"schema": told})
    assert schema is not None
    assert schema.properties == {"x": {"type": "boolean"}, "y": {}, "z": {}}
