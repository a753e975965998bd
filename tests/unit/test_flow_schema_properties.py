"""What Dataverse tells of one property of a flow becomes clean JSON Schema, or is left out."""

import json
from typing import Any

import pytest

from shared.dataverse.answers import json_object
from shared.domain.flow_schema import (
    read_schema,
)
from shared.domain.strict_json import compact

DEEP = json.loads("[" * 900 + "]" * 900)


def clean(**of_property: Any) -> dict[str, Any]:
    """Clean one property."""
    schema = read_schema({"schema": {"properties": {"x": of_property}}})
    assert schema is not None
    return dict(schema.properties["x"])


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
