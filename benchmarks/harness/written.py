"""Reports as JSON, and what that has to look like."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from jsonschema import Draft202012Validator

from benchmarks.harness.figures import Chart, Figure, Measured, Outcome, Report, Series, Target

FORMAT = 1
_TEXT, _NUMBER = {"type": "string"}, {"type": "number"}
_PAIR = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _or_none(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


_FIGURE = _object(
    what=_TEXT,
    value=_NUMBER,
    unit=_TEXT,
    floor=_TEXT,
    target=_or_none(_object(value=_NUMBER, at_most={"type": "boolean"})),
    spread=_or_none(_PAIR),
    samples={"type": "integer", "minimum": 1},
    note=_TEXT,
)
_CHART = _object(
    name={"type": "string", "pattern": "^[a-z0-9-]+$"},
    title=_TEXT,
    x=_TEXT,
    y=_TEXT,
    series=_list(_object(name=_TEXT, points=_list(_PAIR))),
    kind={"enum": ["lines", "bars"]},
    labels=_list(_TEXT),
    marks=_list({"type": "array", "prefixItems": [_TEXT, _NUMBER], "minItems": 2, "maxItems": 2}),
    log_x={"type": "boolean"},
)
_MEASURED = _object(
    name=_TEXT,
    title=_TEXT,
    seconds=_NUMBER,
    outcome=_object(figures=_list(_FIGURE), charts=_list(_CHART)),
    error=_or_none(_TEXT),
)
SCHEMA = _object(
    format={"const": FORMAT},
    date=_TEXT,
    machine={"type": "object", "additionalProperties": _TEXT},
    quick={"type": "boolean"},
    seconds=_NUMBER,
    measures=_list(_MEASURED),
)
"""The JSON Schema of a report."""


def to_json(report: Report) -> str:
    """Write a report as JSON; ValueError for a value that is no number."""
    told = {"format": FORMAT, **asdict(report)}
    return f"{json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False)}\n"


def from_json(text: str) -> Report:
    """Read a report; ValueError if it is none, jsonschema's ValidationError by which rule."""
    told = json.loads(text)
    Draft202012Validator(SCHEMA).validate(told)
    return Report(
        date=told["date"],
        machine=told["machine"],
        quick=told["quick"],
        seconds=told["seconds"],
        measures=tuple(_measured(each) for each in told["measures"]),
    )


def _measured(told: dict[str, Any]) -> Measured:
    figures = tuple(_figure(each) for each in told["outcome"]["figures"])
    charts = tuple(_chart(each) for each in told["outcome"]["charts"])
    return Measured(**told | {"outcome": Outcome(figures, charts)})


def _figure(told: dict[str, Any]) -> Figure:
    target = None if told["target"] is None else Target(**told["target"])
    spread = None if told["spread"] is None else (told["spread"][0], told["spread"][1])
    return Figure(**told | {"target": target, "spread": spread})


def _chart(told: dict[str, Any]) -> Chart:
    series = tuple(
        Series(each["name"], tuple((x, y) for x, y in each["points"])) for each in told["series"]
    )
    marks = tuple((name, height) for name, height in told["marks"])
    return Chart(**told | {"series": series, "labels": tuple(told["labels"]), "marks": marks})
