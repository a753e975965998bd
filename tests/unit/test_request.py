"""The request for a run: every field checked, and every fault told at once."""

from typing import Any

import pytest

from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.request import FIELDS, ConnectionType, RunMode, RunPriority, RunRequest, validate
from shared.domain.strict_json import parse

WORKFLOW = "5d3a1f0e-0000-0000-0000-00000000000a"
LEAST = {"workflowId": WORKFLOW, "connectionName": "shared_uiflow_1", "runMode": "attended"}
MOST = {
    **LEAST,
    "connectionType": 2,
    "runMode": "unattended",
    "runPriority": "high",
    "timeout": 3600,
    "inputs": {"Invoice": "4711"},
    "retries": 3,
    "correlationId": "order 4711",
    "notifyUrl": "https://receiver.example.org/hooks?token=1",
    "validateInputs": True,
}


def faults_of(body: Any) -> tuple[Fault, ...]:
    with pytest.raises(InvalidRequestError) as caught:
        validate(body)
    return caught.value.faults


def only_fault_of(**changes: Any) -> Fault:
    (fault,) = faults_of(LEAST | changes)
    return fault


class TestFields:
    def test_three_fields_are_enough(self) -> None:
        start = validate(LEAST)
        assert start.run == RunRequest(WORKFLOW, "shared_uiflow_1", RunMode.ATTENDED)
        assert start.run.connection_type is ConnectionType.CONNECTION
        assert start.run.retries == 0
        assert start.inputs is None

    def test_every_field_is_read(self) -> None:
        start = validate(MOST)
        assert start.run == RunRequest(
            workflow_id=WORKFLOW,
            connection_name="shared_uiflow_1",
            run_mode=RunMode.UNATTENDED,
            connection_type=ConnectionType.REFERENCE,
            run_priority=RunPriority.HIGH,
            timeout=3600,
            retries=3,
            correlation_id="order 4711",
            notify_url="https://receiver.example.org/hooks?token=1",
        )
        assert start.inputs == '{"Invoice":"4711"}'
        assert start.validate_inputs
        assert set(MOST) == set(FIELDS)

    def test_null_is_as_good_as_leaving_out(self) -> None:
        """Connectors send every field of their form."""
        optional = set(FIELDS) - set(LEAST)
        assert validate(LEAST | dict.fromkeys(optional)) == validate(LEAST)

    def test_whether_inputs_are_checked_is_not_what_is_asked_for(self) -> None:
        """The same run, asked for with a check and without, is one run under one key."""
        without = {name: value for name, value in MOST.items() if name != "validateInputs"}
        assert not validate(without).validate_inputs
        assert validate(without).run == validate(MOST).run
        assert validate(without).fingerprint == validate(MOST).fingerprint

    @pytest.mark.parametrize("value", ["true", 1, 0, "", [], {}])
    def test_whether_inputs_are_checked_is_true_or_false(self, value: object) -> None:
        fault = only_fault_of(validateInputs=value)
        assert fault == Fault("validateInputs", "InvalidValue", "must be true or false")

    @pytest.mark.parametrize("number", ["3.0", "3.00", "3e0", "0.3E1", "3"])
    @pytest.mark.parametrize("field", ["timeout", "retries"])
    def test_a_whole_number_may_be_written_in_any_way(self, field: str, number: str) -> None:
        """Power Apps and spreadsheets know no whole numbers, and write 3.0."""
        run = validate(LEAST | parse(f'{{"{field}": {number}}}'.encode())).run
        assert getattr(run, field) == 3
        assert type(getattr(run, field)) is int

    def test_the_type_of_a_connection_may_be_written_as_2_0(self) -> None:
        run = validate(LEAST | {"connectionType": 2.0}).run
        assert run.connection_type is ConnectionType.REFERENCE

    def test_a_workflow_may_come_in_braces(self) -> None:
        """.NET's registry format, which tools show."""
        assert (
            validate(LEAST | {"workflowId": f"{{{WORKFLOW.upper()}}}"}).run == validate(LEAST).run
        )

    def test_a_workflow_is_named_in_small_letters(self) -> None:
        assert validate(LEAST | {"workflowId": WORKFLOW.upper()}).run.workflow_id == WORKFLOW

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("connectionType", 1),
            ("timeout", 1),
            ("timeout", 86_400),
            ("retries", 0),
            ("retries", 10),
            ("connectionName", "x" * 1_000),
            ("connectionName", "Straße 1 (内)"),
            ("correlationId", "x" * 100),
            ("runPriority", "normal"),
        ],
    )
    def test_values_up_to_the_bounds_are_accepted(self, field: str, value: object) -> None:
        validate(LEAST | {field: value})

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *(("workflowId", value) for value in ("", "x", WORKFLOW[:-1], f"{{{WORKFLOW}", 7)),
            *(("workflowId", value) for value in (f"({WORKFLOW})", f"{{{{{WORKFLOW}}}}}", "{}")),
            *(("workflowId", value) for value in (WORKFLOW.replace("-", ""), f"{WORKFLOW}\n", ())),
            *(("connectionName", value) for value in ("", " ", " x", "x ", "a\nb", "x" * 1_001)),
            *(("connectionName", value) for value in (7, ["x"], "a\x00b", "a\u2028b")),
            *(("connectionType", value) for value in (0, 3, "1", 1.5, True, 3.0)),
            *(("runMode", value) for value in ("", "Attended", "both", 1, ["attended"])),
            *(("runPriority", value) for value in ("", "High", "low", 1)),
            *(("timeout", value) for value in (0, -1, 86_401, 1.5, "60", True, 10**30, 1e30)),
            *(("retries", value) for value in (-1, 11, 1.5, "1", False, 0.1, float("nan"))),
            *(("correlationId", value) for value in ("", " x", "x" * 101, 7, "a\tb")),
        ],
    )
    def test_values_beyond_them_are_not(self, field: str, value: object) -> None:
        fault = only_fault_of(**{field: value})
        assert (fault.target, fault.code) == (field, "InvalidValue")
        assert fault.message.startswith("must be ")

    @pytest.mark.parametrize("field", LEAST)
    def test_each_of_the_three_is_required(self, field: str) -> None:
        (fault,) = faults_of({name: value for name, value in LEAST.items() if name != field})
        assert fault == Fault(field, "MissingField", "is required")


class TestFaults:
    def test_all_faults_are_told_at_once(self) -> None:
        """Nobody has to send a request nine times to learn nine faults."""
        wrong: dict[str, Any] = dict.fromkeys(FIELDS, ()) | {
            "callbackUrl": "https://x",
            "inpts": {},
        }
        faults = faults_of(wrong)
        assert sorted(fault.target for fault in faults) == sorted([*FIELDS, "callbackUrl", "inpts"])

    def test_an_empty_request_lacks_three_fields(self) -> None:
        assert [fault.target for fault in faults_of({})] == list(LEAST)

    @pytest.mark.parametrize("body", [None, [], "text", 7, True, [LEAST]])
    def test_what_is_no_object_is_refused_as_a_whole(self, body: object) -> None:
        assert faults_of(body) == (Fault("body", "InvalidBody", "must be a JSON object"),)

    def test_a_callback_url_is_refused_with_the_reason(self) -> None:
        """It is the broker's own: another would hide how the run ends."""
        fault = only_fault_of(callbackUrl="https://elsewhere.example.org")
        assert fault.target == "callbackUrl"
        assert "broker's own" in fault.message

    @pytest.mark.parametrize("name", ["RunMode", "runmode", "callbackURL", "", "__proto__"])
    def test_an_unknown_field_is_refused(self, name: str) -> None:
        """A field that is ignored for a slip of the pen would run something else."""
        fault = only_fault_of(**{name: "x"})
        assert (fault.target, fault.code) == (name or '""', "UnknownField")
        assert "runPriority" in fault.message

    def test_very_many_strange_fields_do_not_make_a_very_long_answer(self) -> None:
        strange = {f"{n:03d}" + "x" * 5_000: n for n in range(1_000)}
        faults = faults_of(LEAST | strange)
        assert len(faults) == 20
        assert max(len(fault.target) for fault in faults) == 100

    def test_no_value_is_repeated_in_a_fault(self) -> None:
        """Promise 6: no input reaches a log."""
        wrong = {name: "secret 4711" for name in FIELDS if name != "connectionName"}
        error = str(InvalidRequestError(*faults_of(LEAST | wrong | {"correlationId": "4711\n"})))
        assert "4711" not in error
