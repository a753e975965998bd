"""A start that asks for it is refused by a schema that was read just now, and by no older one."""

from __future__ import annotations

import pytest

from shared.dataverse.errors import Answer, NotFoundError, NotSentError, RefusedError
from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.flow_schema import UnreadableSchemaError
from shared.domain.request import StartRequest
from shared.services.reading.catalog_answers import OLD_SECONDS, CatalogUnavailableError
from shared.services.refusals import CatalogRefusedError
from shared.services.starting.input_check import (
    ACCEPTS_WITHIN_SECONDS,
    REFUSES_WITHIN_SECONDS,
    CheckInputs,
)
from tests.support.catalog import FilledCatalog, inputs_schema, schemas_of
from tests.support.clocks import HandClock
from tests.support.runs import REQUEST, start_request

FLOW = REQUEST.workflow_id
FITTING = start_request('{"Amount":119.00}')
WRONG = start_request('{"Amount":"119"}')
NUMBER, TEXT = inputs_schema(Amount={"type": "number"}), inputs_schema(Amount={"type": "string"})


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def catalog() -> FilledCatalog:
    return FilledCatalog(schemas={(FLOW, "inputs"): NUMBER})


@pytest.fixture
def check(catalog: FilledCatalog, clock: HandClock) -> CheckInputs:
    return CheckInputs(schemas_of(catalog, clock))


def faults_of(check: CheckInputs, start: StartRequest = WRONG) -> tuple[Fault, ...]:
    with pytest.raises(InvalidRequestError) as caught:
        check(start)
    return caught.value.faults


def test_a_burst_of_starts_costs_one_call(
    check: CheckInputs, catalog: FilledCatalog, clock: HandClock
) -> None:
    for _ in range(100):
        check(FITTING)
        clock.sleep(ACCEPTS_WITHIN_SECONDS / 100)
    assert catalog.asked == {"inputs": 1}


def test_a_burst_of_wrong_starts_costs_one_call(check: CheckInputs, catalog: FilledCatalog) -> None:
    for _ in range(100):
        assert faults_of(check) == (Fault("inputs.Amount", "InvalidValue", "must be a number"),)
    assert catalog.asked == {"inputs": 1}


def test_a_flow_that_was_changed_meanwhile_is_asked_for_before_anything_is_refused(
    check: CheckInputs, catalog: FilledCatalog, clock: HandClock
) -> None:
    check(FITTING)
    catalog.schemas[FLOW, "inputs"] = TEXT
    clock.sleep(REFUSES_WITHIN_SECONDS + 1)
    check(WRONG)
    assert catalog.asked == {"inputs": 2}
    assert faults_of(check, FITTING)[0].message == "must be a string"


def test_a_flow_without_a_schema_refuses_nothing(
    check: CheckInputs, catalog: FilledCatalog
) -> None:
    catalog.schemas.clear()
    check(WRONG)


def test_a_flow_that_does_not_exist_is_a_fault_of_its_id(
    check: CheckInputs, catalog: FilledCatalog
) -> None:
    catalog.error = NotFoundError(Answer(404, "0x80040217", "absent"))
    (fault,) = faults_of(check, FITTING)
    assert (fault.target, fault.code) == ("workflowId", "FlowNotFound")


def test_a_schema_that_cannot_be_read_is_a_fault_of_the_wish_to_check(
    check: CheckInputs, catalog: FilledCatalog
) -> None:
    """Trying again would not help, and a message would come to nothing for eight hours."""
    catalog.error = UnreadableSchemaError("it refers to itself")
    (fault,) = faults_of(check, FITTING)
    assert (fault.target, fault.code) == ("validateInputs", "SchemaUnreadable")
    assert "it refers to itself" in fault.message


def test_while_dataverse_cannot_be_asked_the_last_schema_serves(
    check: CheckInputs, catalog: FilledCatalog, clock: HandClock
) -> None:
    check(FITTING)
    catalog.error = NotSentError("no connection")
    clock.sleep(ACCEPTS_WITHIN_SECONDS + 1)
    check(FITTING)
    assert faults_of(check)[0].target == "inputs.Amount"
    clock.sleep(OLD_SECONDS)
    with pytest.raises(CatalogUnavailableError):
        check(FITTING)


def test_without_any_schema_nothing_is_said_of_the_inputs(
    check: CheckInputs, catalog: FilledCatalog
) -> None:
    catalog.error = NotSentError("no connection")
    with pytest.raises(CatalogUnavailableError):
        check(WRONG)
    catalog.error = RefusedError(Answer(403, "0x80040220", "missing privilege"))
    with pytest.raises(CatalogRefusedError):
        check(start_request(workflow_id="5d3a1f0e-0000-0000-0000-000000000002"))
