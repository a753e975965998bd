"""Whatever Dataverse tells of a flow's inputs is a schema, or is told as unreadable."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.flow_schema import (
    DEPTH_LIMIT,
    PROPERTIES_LIMIT,
    UnreadableSchemaError,
    read_schema,
)
from shared.domain.strict_json import compact, parse


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
