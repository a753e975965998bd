"""Inputs that do not fit their flow's schema are told, each by its name; what may fit passes."""

import json
from typing import Any

import pytest

from shared.domain.faults import Fault
from shared.domain.flow_schema import FlowSchema, read_schema
from shared.domain.input_faults import TOLD, input_faults

PROPERTIES: dict[str, Any] = {
    "InvoiceNumber": {"type": "string"},
    "Amount": {"type": "number"},
    "Count": {"type": "integer"},
    "Paid": {"type": "boolean"},
    "Lines": {"type": "array", "items": {"type": "number"}},
    "Supplier": {"type": "object", "properties": {"City": {"type": "string"}}},
    "Anything": {"type": "datatable"},
    "Currency": {"type": "string", "enum": ["EUR", "USD"]},
    "cc": {"type": "string", "title": "Cost centre"},
}


def schema_of(properties: dict[str, Any] = PROPERTIES, **more: Any) -> FlowSchema:
    schema = read_schema({"schema": {"properties": properties} | more})
    assert schema is not None
    return schema


def faults_of(inputs: Any, schema: FlowSchema | None = None) -> list[Fault]:
    text = inputs if inputs is None or isinstance(inputs, str) else json.dumps(inputs)
    return input_faults(schema or schema_of(), text)


def test_inputs_that_fit_have_no_fault() -> None:
    fitting = {
        "InvoiceNumber": "2026-0001",
        "Amount": 119.5,
        "Count": 3,
        "Paid": True,
        "Lines": [1, 2.5],
        "Supplier": {"City": "Köln", "Street": "not told"},
        "Anything": [{"a": 1}],
        "Currency": "EUR",
    }
    assert faults_of(fitting) == []
    assert faults_of(None) == faults_of({}) == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("InvoiceNumber", 2026, "must be a string"),
        ("InvoiceNumber", ["x"], "must be a string"),
        ("Amount", "119", "must be a number"),
        ("Amount", True, "must be a number"),
        ("Count", 1.5, "must be a whole number"),
        ("Count", "1", "must be a whole number"),
        ("Paid", 1, "must be true or false"),
        ("Paid", "yes", "must be true or false"),
        ("Lines", {"a": 1}, "must be an array"),
        ("Lines", "1, 2", "must be an array"),
        ("Supplier", [1], "must be an object"),
        ("Supplier", "[1]", "must be an object"),
        ("Currency", "GBP", 'must be one of "EUR", "USD"'),
    ],
)
def test_a_value_of_another_type_is_told(name: str, value: object, message: str) -> None:
    assert faults_of({name: value}) == [Fault(f"inputs.{name}", "InvalidValue", message)]


@pytest.mark.parametrize(
    ("name", "value"),
    [("Paid", "True"), ("Lines", "[1, 2]"), ("Supplier", '{"City": "Köln"}'), ("Lines", "[]")],
)
def test_of_types_that_no_document_names_a_text_with_such_a_value_passes(
    name: str, value: object
) -> None:
    """How Dataverse takes a list is documented nowhere: refusing what it takes would be worse."""
    assert faults_of({name: value}) == []


def test_what_is_in_others_is_told_by_its_place() -> None:
    faults = faults_of({"Lines": [1, "two", None, [3]], "Supplier": {"City": 7}})
    assert [fault.target for fault in faults] == [
        "inputs.Lines[1]",
        "inputs.Lines[3]",
        "inputs.Supplier.City",
    ]


def test_all_faults_are_told_at_once() -> None:
    schema = schema_of(PROPERTIES, required=["InvoiceNumber"])
    faults = faults_of({"Amount": "x", "Count": "y", "Amuont": 1}, schema)
    assert {(fault.target, fault.code) for fault in faults} == {
        ("inputs.Amuont", "UnknownInput"),
        ("inputs.InvoiceNumber", "MissingField"),
        ("inputs.Amount", "InvalidValue"),
        ("inputs.Count", "InvalidValue"),
    }


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("amount", "Amount"),
        ("Amuont", "Amount"),
        ("AMOUNTS", "Amount"),
        ("invoice_number", "InvoiceNumber"),
        ("Cost Centre", "cc"),
        ("cost center", "cc"),
    ],
)
def test_a_near_miss_is_told_what_was_meant(name: str, meant: str) -> None:
    (fault,) = faults_of({name: 1})
    assert (fault.target, fault.code) == (f"inputs.{name}", "UnknownInput")
    assert fault.message == f"is not an input of this flow; did you mean {meant!r}?"


def test_a_name_that_is_near_to_none_is_told_what_there_is() -> None:
    (fault,) = faults_of({"zzz": 1})
    assert fault.message.endswith("these are: " + ", ".join(map(repr, PROPERTIES)))
    (fault,) = faults_of({"zzz": 1}, schema_of({}))
    assert fault.message == "is not an input of this flow; it has none"
    many = schema_of({f"Input{number:03}": {} for number in range(300)})
    (fault,) = faults_of({"zzz": 1}, many)
    assert fault.message.endswith("'Input019', …")


def test_only_what_the_schema_itself_requires_can_be_missing() -> None:
    """A flow's default values stand in no schema that is documented."""
    properties = {"A": {"type": "string"}, "B": {"type": "string", "default": "x"}, "C": {}}
    schema = schema_of(properties, required=["A", "B"])
    missing = [Fault("inputs.A", "MissingField", "is required")]
    assert faults_of({}, schema) == faults_of(None, schema) == faults_of({"A": None}, schema)
    assert faults_of({}, schema) == missing
    assert faults_of({"A": ""}, schema) == []


def test_null_is_blank_where_an_input_is_not_required() -> None:
    assert faults_of(dict.fromkeys(PROPERTIES)) == []


@pytest.mark.parametrize("number", ["119.00", "1234567890123456.78", "1E400", "-0", "9" * 5_000])
def test_a_number_of_any_size_and_precision_is_a_number(number: str) -> None:
    assert faults_of(f'{{"Amount": {number}}}') == []


@pytest.mark.parametrize(
    ("number", "fits"), [("3.00", True), ("3e2", True), ("1E400", True), ("3.01", False)]
)
def test_a_whole_number_may_be_written_in_any_way(number: str, fits: bool) -> None:
    assert (faults_of(f'{{"Count": {number}}}') == []) is fits


@pytest.mark.parametrize(
    ("choices", "given", "fits"),
    [([1], "1.0", True), ([1], "true", False), ([True], "1", False), ([0.1], "0.10", True)],
)
def test_choices_are_compared_by_value(choices: list[Any], given: str, fits: bool) -> None:
    schema = schema_of({"x": {"enum": choices}})
    assert (faults_of(f'{{"x": {given}}}', schema) == []) is fits


def test_very_many_faults_do_not_make_a_very_long_answer() -> None:
    strange = {f"{number:04}" + "x" * 5_000: number for number in range(1_000)}
    faults = faults_of(strange)
    assert len(faults) == TOLD
    assert max(len(fault.target) for fault in faults) == len("inputs.") + 100


def test_no_value_is_repeated_in_a_fault() -> None:
    """Promise 6: no input reaches a log."""
    secret = {"secret 4711": ["secret 4711"]}
    wrong = {name: secret for name in PROPERTIES} | {"amount": "secret 4711"}  # noqa: C420 - as it reads
    assert "4711" not in " ".join(f"{fault.target} {fault.message}" for fault in faults_of(wrong))
