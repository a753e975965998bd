"""The inputs of a request: an object, or a string that holds one; and what makes two the same."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.kinds import INPUTS_LIMIT_BYTES
from shared.domain.request import validate
from shared.domain.strict_json import NESTING_LIMIT, compact, parse

WORKFLOW = "5d3a1f0e-0000-0000-0000-00000000000a"
LEAST = {"workflowId": WORKFLOW, "connectionName": "shared_uiflow_1", "runMode": "attended"}


def inputs_of(inputs: Any) -> str | None:
    return validate(LEAST | {"inputs": inputs}).inputs


def fault_of(inputs: Any) -> Fault:
    with pytest.raises(InvalidRequestError) as caught:
        validate(LEAST | {"inputs": inputs})
    (fault,) = caught.value.faults
    assert fault.target == "inputs"
    return fault


def fingerprint(**changes: Any) -> str:
    return validate(LEAST | changes).fingerprint


class TestInputs:
    def test_an_object_is_written_as_the_text_dataverse_is_sent(self) -> None:
        assert inputs_of({"b": [1, 2.5, None], "a": "Grüße"}) == '{"b":[1,2.5,null],"a":"Grüße"}'

    @pytest.mark.parametrize("amount", ["1234567890123456.78", "119.00", "0.10", "1E400", "-0"])
    def test_the_numbers_of_an_object_keep_their_digits(self, amount: str) -> None:
        body = f'{{"inputs": {{"Amount": {amount}, "Rows": [ {amount} ]}}}}'
        inputs = parse(body.encode())["inputs"]
        assert inputs_of(inputs) == f'{{"Amount":{amount},"Rows":[{amount}]}}'

    def test_a_string_is_sent_as_it_is(self) -> None:
        """Whoever writes the text himself gets what he wrote."""
        assert inputs_of(' {"a" : 1.50} ') == ' {"a" : 1.50} '

    def test_no_inputs_are_not_empty_inputs(self) -> None:
        assert inputs_of(None) is None
        assert inputs_of({}) == "{}"

    @pytest.mark.parametrize("inputs", [[], [{}], 7, True, "[]", "7", '"{}"', "null", '"x"'])
    def test_anything_but_an_object_is_refused(self, inputs: object) -> None:
        assert fault_of(inputs).code == "InvalidValue"

    @pytest.mark.parametrize(
        ("inputs", "reason"),
        [
            ("", "Expecting value"),
            ("{'a': 1}", "Expecting property name"),
            ('{"a": 1, "a": 2}', "the name 'a' is given twice"),
            ('{"a": NaN}', "NaN is not JSON"),
            ({"a": float("nan")}, "too large"),
            ('{"a": "\\ud800"}', "half of a surrogate pair"),
            ({"a": "\ud800"}, "half of a surrogate pair"),
            ("{\ud800", "surrogates not allowed"),
            ('{"a":' * NESTING_LIMIT + "{}" + "}" * NESTING_LIMIT, "nested more than 100 levels"),
        ],
    )
    def test_what_is_not_json_is_refused_with_the_reason(self, inputs: Any, reason: str) -> None:
        message = fault_of(inputs).message
        assert message.startswith("must be a JSON object, or a string that holds one: ")
        assert reason in message

    def test_a_byte_order_mark_is_not_sent(self) -> None:
        """It comes along with files, and Dataverse need not know what to do with it."""
        assert inputs_of('\ufeff{"a":1}') == '{"a":1}'


class TestSize:
    """2 MiB of UTF-8, as sent to Dataverse: exactly."""

    @pytest.mark.parametrize("as_text", [False, True], ids=["object", "string"])
    @pytest.mark.parametrize("letter", ["x", "ü", "\U0001f916", '"'])
    def test_the_limit_itself_is_accepted_and_one_byte_more_is_not(
        self, letter: str, as_text: bool
    ) -> None:
        size = len(compact(letter).encode()) - 2
        room = INPUTS_LIMIT_BYTES - len('{"a":""}')
        value = letter * (room // size) + "x" * (room % size)
        longest, longer = {"a": value}, {"a": value + "x"}
        text = inputs_of(compact(longest) if as_text else longest)
        assert text is not None
        assert len(text.encode()) == INPUTS_LIMIT_BYTES
        fault = fault_of(compact(longer) if as_text else longer)
        assert fault.code == "PayloadTooLarge"
        assert fault.message == "must be at most 2,097,152 bytes of JSON; these are 2,097,153"


class TestFingerprint:
    """Two requests under one idempotency key are the same, or the second is refused."""

    def test_the_same_request_has_the_same_fingerprint(self) -> None:
        assert fingerprint(inputs={"a": 1}) == fingerprint(inputs={"a": 1})

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({"inputs": {"a": 1, "b": 2}}, {"inputs": {"b": 2, "a": 1}}),
            ({"inputs": {"a": {"c": 1, "b": 2}}}, {"inputs": ' {"a": {"b": 2, "c": 1}}'}),
            ({"inputs": '{"a":"ü"}'}, {"inputs": '\ufeff{"a":"\\u00fc"}'}),
            ({"workflowId": WORKFLOW}, {"workflowId": WORKFLOW.upper()}),
            ({"connectionName": "Shared_UIflow_1"}, {"connectionName": "shared_uiflow_1"}),
            ({}, {"runPriority": "normal"}),
            ({}, {"connectionType": 1, "retries": 0}),
        ],
    )
    def test_another_way_to_write_it_is_the_same(
        self, one: dict[str, Any], other: dict[str, Any]
    ) -> None:
        assert fingerprint(**one) == fingerprint(**other)

    @pytest.mark.parametrize(
        "changes",
        [
            {"workflowId": WORKFLOW.replace("a", "b")},
            {"connectionName": "shared_uiflow_2"},
            {"connectionType": 2},
            {"runMode": "unattended"},
            {"runPriority": "high"},
            {"timeout": 60},
            {"retries": 1},
            {"correlationId": "4711"},
            {"inputs": {}},
            {"inputs": {"a": 1}},
        ],
    )
    def test_any_other_value_makes_another_request(self, changes: dict[str, Any]) -> None:
        assert fingerprint(**changes) != fingerprint()

    @pytest.mark.parametrize(
        ("one", "other"),
        [("1.0", "1.00"), ("1e2", "100.0"), ("0.1", "0.10"), ("1E400", "10e399"), ("1e-400",) * 2],
    )
    def test_another_way_to_write_a_number_is_the_same(self, one: str, other: str) -> None:
        assert fingerprint(inputs=f'{{"a":{one}}}') == fingerprint(inputs=f'{{"a":{other}}}')

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("1234567890123456.78", "1234567890123456.8"),
            ("1e400", "2e400"),
            ("1e-400", "0.0"),
            ("1e-400", "1e-401"),
            ("-1e400", "1e400"),
            ("1" * 5_000, "1" * 5_001),
            ("1e99999999999999999999", "2e99999999999999999999"),
            ("0.1", "0.1000000000000000055"),
            ("1e400", '"\\u0000:1e400"'),
        ],
    )
    def test_another_number_is_another_request_however_small_the_difference(
        self, one: str, other: str
    ) -> None:
        """As doubles they are the same; as amounts of an invoice they are not."""
        assert fingerprint(inputs=f'{{"a":{one}}}') != fingerprint(inputs=f'{{"a":{other}}}')

    @pytest.mark.parametrize(
        "inputs",
        [
            '{"b":[1,2.5,null],"a":"Gr\u00fc\u00dfe"}',
            '{"a":119.00,"b":1e2,"c":-0,"d":-0.0,"e":0.10,"f":1.7976931348623157E308}',
            '{"a":9007199254740993,"b":123456789012345678901234567890,"c":3.0}',
        ],
    )
    def test_the_keys_of_earlier_versions_go_on_to_stand_for_the_same_request(
        self, inputs: str
    ) -> None:
        """Their rows hold a digest of what json.loads made of the inputs."""
        given = [WORKFLOW, "shared_uiflow_1", 1, "attended", "normal", None, 0, None]
        stored = json.dumps([*given, json.loads(inputs)], sort_keys=True)
        assert fingerprint(inputs=inputs) == hashlib.sha256(stored.encode()).hexdigest()

    def test_types_are_told_apart(self) -> None:
        values: list[Any] = [1, "1", True, None, [1], {"1": 1}, 1.5, ""]
        assert len({fingerprint(inputs={"a": value}) for value in values}) == len(values)

    @settings(max_examples=100, deadline=None, derandomize=True)
    @given(text=st.text(max_size=30) | st.text('{}[]":,\\ufe01a \ufeff', max_size=30))
    def test_whatever_is_accepted_has_a_fingerprint(self, text: str) -> None:
        try:
            start = validate(LEAST | {"inputs": text})
        except InvalidRequestError:
            return
        assert start.fingerprint
        assert start.inputs is not None
        assert compact(parse(start.inputs.encode()))

    def test_inputs_nested_as_deep_as_can_be_have_one_from_any_depth_of_calls(self) -> None:
        """It is taken further down than the request was read; it once failed there."""
        levels = NESTING_LIMIT
        start = validate(LEAST | {"inputs": '{"a":' * levels + "1" + "}" * levels})

        def further_down(calls: int) -> str:
            return further_down(calls - 1) if calls else start.fingerprint

        assert further_down(500) == start.fingerprint
