"""What Dataverse tells of a flow's inputs becomes clean JSON Schema, or is told as unreadable."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.dataverse.answers import json_object
from shared.domain.flow_schema import (
    DEPTH_LIMIT,
    PROPERTIES_LIMIT,
    UnreadableSchemaError,
    read_schema,
)
from shared.domain.strict_json import compact, parse

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

DEEP = json.loads("[" * 900 + "]" * 900)


def clean(**of_property: Any) -> dict[str, Any]:
    """Clean one property."""
    schema = read_schema({"schema": {"properties": {"x": of_property}}})
    assert schema is not None
    return dict(schema.properties["x"])


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
    ("told", "kind", "form"),
    [
        *((name, name, None) for name in ("string", "number", "integer", "boolean", "array")),
        ("object", "object", None),
        ("String", "string", None),
        ("list", "array", None),
        ("Custom object", "object", None),
        ("date-time", "string", "date-time"),
        ("DateTime", "string", "date-time"),
        ("SecureString", "string", "password"),
        (["string", "null"], "string", None),
        (["string", "number"], None, None),
        ("datatable", None, None),
        ("constructor", None, None),
        ("", None, None),
        (7, None, None),
        (None, None, None),
    ],
)
def test_a_type_is_one_of_json_schema_or_none(
    told: object, kind: str | None, form: str | None
) -> None:
    """Two types are documented; of the others nobody knows how they are told."""
    found = clean(type=told)
    assert (found.get("type"), found.get("format")) == (kind, form)


@pytest.mark.parametrize(
    ("told", "form"),
    [
        *(("date-time", "date-time"), ("Email", "email"), ("password", "password")),
        *((None, None), ("", None), ("a b", None), (7, None), ("x" * 41, None)),
    ],
)
def test_a_format_is_a_word_or_left_out(told: object, form: str | None) -> None:
    assert clean(type="string", format=told).get("format") == form


@pytest.mark.parametrize(
    "mark",
    [{"format": "password"}, {"isSensitive": True}, {"sensitive": True}, {"x-ms-secret": True}],
)
def test_sensitive_text_is_a_password_and_its_default_is_not_told(mark: dict[str, Any]) -> None:
    assert clean(type="string", default="4711", **mark) == {"type": "string", "format": "password"}


def test_what_is_sensitive_and_no_text_has_no_default_either() -> None:
    assert clean(type="number", default=4711, sensitive=True) == {"type": "number"}


@pytest.mark.parametrize(
    ("kind", "told", "default"),
    [
        ("string", "EUR", "EUR"),
        ("string", 7, "7"),
        ("string", True, "true"),
        ("number", 1.5, 1.5),
        ("number", " 12 ", 12),
        ("integer", 3.0, 3.0),
        ("integer", "3", 3),
        ("boolean", "True", True),
        ("boolean", False, False),
        ("array", "[1]", [1]),
        ("object", {"a": 1}, {"a": 1}),
        (None, "7", "7"),
        (None, [1], [1]),
    ],
)
def test_a_default_is_of_the_type(kind: str | None, told: object, default: object) -> None:
    found = clean(type=kind, default=told)["default"]
    assert (found, type(found)) == (default, type(default))


UNFIT: dict[str | None, tuple[object, ...]] = {
    "number": ("", "x", True, None, [], "1,5", "true", '"1"'),
    "integer": (1.5, "1.5", ""),
    "boolean": ("yes", 1, 0, ""),
    "array": ("{}", {}, "x", "", DEEP),
    "object": ("[]", [], "", {"a": DEEP}),
    "string": ("", [], {}),
    None: ("", DEEP),
}


@pytest.mark.parametrize(
    ("kind", "told"),
    [(kind, told) for kind, values in UNFIT.items() for told in values],
)
def test_a_default_that_cannot_be_of_the_type_is_left_out(kind: str | None, told: object) -> None:
    assert "default" not in clean(type=kind, default=told)


def test_a_default_keeps_its_digits() -> None:
    body = json_object(
        b'{"schema": {"properties": {"x": {"type": "number", "default": 1234567890123456.780}}}}'
    )
    schema = read_schema(body)
    assert schema is not None
    assert '"default":1234567890123456.780' in compact(schema.document)


def test_choices_are_kept_each_once_where_they_are_of_the_type() -> None:
    found = clean(type="string", enum=["EUR", "USD", "EUR", None, 7, ["x"]])
    assert found["enum"] == ["EUR", "USD"]
    assert "enum" not in clean(type="string", enum=[])
    assert "enum" not in clean(type="string", enum="EUR")
    assert clean(enum=[1, "1", True])["enum"] == [1, "1", True]


def test_what_is_in_others_is_cleaned_as_well() -> None:
    address = {"type": "object", "properties": {"City": {"type": "string", "format": None}}}
    found = clean(type="array", items=address, value="")
    inner = {"type": "object", "properties": {"City": {"type": "string"}}}
    assert found == {"type": "array", "items": inner}


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


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"x": schema}}
    return schema


def doubling(steps: int) -> dict[str, Any]:
    """Make a small schema in which each definition refers to the next one three times."""
    definitions = {
        f"d{step}": {
            "type": "object",
            "properties": {name: {"$ref": f"#/definitions/d{step + 1}"} for name in "abcdef"},
        }
        for step in range(steps)
    }
    return {"definitions": definitions, "properties": {"x": {"$ref": "#/definitions/d0"}}}


ITSELF = {"type": "object", "properties": {"x": {"$ref": "#/definitions/node"}}}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("a text", "it is no JSON object"),
        ([], "it is no JSON object"),
        ({"properties": []}, "its properties are no JSON object"),
        (nested(DEPTH_LIMIT + 1), "it is nested more than"),
        ({"definitions": {"node": ITSELF}, "properties": ITSELF["properties"]}, "to itself"),
        ({"properties": {"x": {"$ref": "#/properties/x"}}}, "it refers to itself"),
        (doubling(8), f"more than {PROPERTIES_LIMIT:,} properties"),
        ({"properties": {str(n): {} for n in range(PROPERTIES_LIMIT + 1)}}, "properties"),
        ({"properties": {str(n): {"title": "x" * 2_000} for n in range(1_100)}}, "characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_told_with_its_reason(told: object, reason: str) -> None:
    with pytest.raises(UnreadableSchemaError, match=reason):
        read_schema({"schema": told})


def test_the_deepest_schema_that_is_read() -> None:
    assert read_schema({"schema": nested(DEPTH_LIMIT)})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(
    ["type", "format", "default", "enum", "title", "properties", "items", "required", "$ref"]
)
ODD = st.recursive(
    st.dictionaries(NAMES, JSON | st.sampled_from(["object", "array", "#/properties/x"])),
    lambda inner: st.dictionaries(NAMES | st.just("x"), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=3), ODD | JSON, max_size=4))
def test_whatever_dataverse_tells_is_a_schema_or_unreadable(properties: dict[str, Any]) -> None:
    try:
        schema = read_schema({"schema": {"properties": properties}})
    except UnreadableSchemaError:
        return
    assert schema is not None
    assert list(schema.properties) == list(properties)
    assert parse(compact(schema.document).encode())
