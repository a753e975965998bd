"""A start that asks for it is refused where its inputs do not fit the schema of its flow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.catalogue import POST_CREDIT_NOTE, REGISTER_SUPPLIER, RESTART_SCANNER
from local.emulator.faults import EVERY_CALL, Fault
from local.parts import Azurite, Emulator
from shared.services.reading.catalog_answers import CatalogUnavailableError
from tests.support.broker import Json, valid_body
from tests.support.discovery import NOBODY, App, details_of, discovery, error_of, told

WRONG = {"inputs": {"Amount": "119"}, "validateInputs": True}


@pytest.fixture
def app(azurite: Azurite, emulator: Emulator, admin: EmulatorAdmin) -> Iterator[App]:
    with discovery(azurite, emulator, admin) as made:
        yield made


def test_inputs_that_do_not_fit_are_refused_each_by_its_name(app: App) -> None:
    inputs = {"amount": 1, "Amount": "119", "InvoiceNumber": 7, "Currency": None}
    answer = app.start(inputs=inputs, validateInputs=True)
    assert details_of(answer) == [
        ("inputs.amount", "UnknownInput"),
        ("inputs.InvoiceNumber", "InvalidValue"),
        ("inputs.Amount", "InvalidValue"),
    ]
    (unknown, *_) = told(answer, 400)["error"]["details"]
    assert unknown["message"] == (
        "inputs.amount is not an input of this flow; did you mean 'Amount'?"
    )
    assert told(app.start(inputs=inputs, validateInputs=False), 202)


def test_what_fits_is_accepted_and_the_check_is_no_part_of_the_run(app: App) -> None:
    inputs = '{"InvoiceNumber": "2026-0001", "Amount": 1234567890123456.78}'
    run = told(app.start("one", inputs=inputs, validateInputs=True), 202)
    assert "validateInputs" not in run
    again = told(app.start("one", inputs=inputs), app.start("one", inputs=inputs).status_code)
    assert again["runId"] == run["runId"]


def test_a_burst_of_starts_costs_one_call(app: App) -> None:
    def start(number: int) -> object:
        inputs = {"InvoiceNumber": str(number), "Amount": number}
        return app.start(f"burst-{number}", inputs=inputs, validateInputs=True).status_code

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(start, range(40))) == {202}
    assert app.asked() == 1


def test_a_repeat_is_answered_from_its_key_and_asks_nothing(app: App) -> None:
    fields: Json = {"inputs": {"Amount": 1}, "validateInputs": True}
    run = told(app.start("one", **fields), 202)
    app.admin.add_fault(Fault(status=500, path=EVERY_CALL, times=None))
    other = App(app.settings, app.admin)
    answer = other.start("one", **fields)
    assert told(answer, answer.status_code)["runId"] == run["runId"]
    assert app.asked() == 1
    assert error_of(other.start("one", **fields, timeout=60)) == (422, "KeyReused")


def test_while_no_schema_can_be_had_nothing_is_accepted(app: App) -> None:
    fault = Fault(status=503, path=EVERY_CALL, times=None)
    app.admin.add_fault(fault)
    answer = app.start("one", **WRONG)
    assert error_of(answer) == (503, "CatalogUnavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    message = json.dumps(valid_body(**WRONG)).encode()
    with pytest.raises(CatalogUnavailableError):
        app.services.ingest(message, "a message")
    app.admin.clear_faults()
    healed = App(app.settings, app.admin)
    assert details_of(healed.start("one", **WRONG)) == [("inputs.Amount", "InvalidValue")]


def test_an_unknown_flow_is_a_fault_of_its_id(app: App) -> None:
    answer = app.start(workflowId=NOBODY, validateInputs=True)
    assert details_of(answer) == [("workflowId", "FlowNotFound")]


def test_a_draft_is_checked_by_its_own_schema(app: App) -> None:
    """Whether Dataverse runs drafts is documented nowhere: it is left to it."""
    fields: Json = {"workflowId": POST_CREDIT_NOTE.id, "validateInputs": True}
    assert app.start(**fields, inputs={"InvoiceNumber": "1"}).status_code == 202
    answer = app.start(**fields, inputs={"invoicenumber": "1"})
    assert details_of(answer) == [("inputs.invoicenumber", "UnknownInput")]


@pytest.mark.parametrize("no_schema", ["204", "404", "empty", "braces", "null"])
def test_a_flow_of_which_no_schema_is_told_refuses_nothing(app: App, no_schema: str) -> None:
    app.admin.change_behaviour(no_schema=no_schema)
    fields: Json = {"workflowId": RESTART_SCANNER.id, "validateInputs": True}
    assert app.start(**fields, inputs={"Any": 1}).status_code == 202


def test_a_flow_that_says_that_it_has_no_inputs_takes_none(app: App) -> None:
    app.admin.change_behaviour(no_schema="no_properties")
    fields: Json = {"workflowId": RESTART_SCANNER.id, "validateInputs": True}
    assert app.start(**fields, inputs={}).status_code == 202
    answer = app.start(**fields, inputs={"Any": 1})
    assert details_of(answer) == [("inputs.Any", "UnknownInput")]


@pytest.mark.parametrize("types", ["named", "string", "absent"])
def test_inputs_of_each_type_pass(app: App, types: str) -> None:
    app.admin.change_behaviour(undocumented_types=types)
    inputs = {
        "Name": "Contoso",
        "CreditLimit": 1000.50,
        "PortalPassword": "secret",
        "Address": '{"City": "Köln"}',
        "Contacts": '["a@contoso.example"]',
        "ValidFrom": "2026-12-01T00:00:00Z",
        "Preferred": "true",
    }
    answer = app.start(workflowId=REGISTER_SUPPLIER.id, inputs=inputs, validateInputs=True)
    assert answer.status_code == 202


def test_a_mandatory_input_is_missed_where_the_schema_says_so(app: App) -> None:
    fields: Json = {"workflowId": REGISTER_SUPPLIER.id, "validateInputs": True}
    assert app.start(**fields).status_code == 202
    app.admin.change_behaviour(mandatory_as="list")
    details = details_of(App(app.settings, app.admin).start(**fields))
    assert details == [
        ("inputs.Name", "MissingField"),
        ("inputs.PortalPassword", "MissingField"),
    ]
