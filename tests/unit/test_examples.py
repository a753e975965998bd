"""The examples that cannot be run here name operations, fields and members that there are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.api.answers_engines import ENDING
from shared.api.answers_error import ERROR
from shared.api.calls import CALLS
from shared.api.openapi import description
from shared.api.operations import Where
from shared.api.swagger import definition
from shared.domain.kinds import Key
from tests.support.connector_functions import Function, functions_of
from tests.support.connector_rules.rule import Json, resolved
from tests.support.described import operation
from tests.support.power_fx import Call, Constant, FormulaError, Node, Record, read_formulas, within
from tests.support.power_fx import Path as Names
from tests.support.workflows import expressions, reference, without_expressions

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
FORMULAS = read_formulas((EXAMPLES / "canvas_app.fx").read_text(encoding="utf-8"))
WORKFLOW = json.loads((EXAMPLES / "logic_app.json").read_text(encoding="utf-8"))["definition"]
DOCUMENT = definition()
FUNCTIONS = functions_of(DOCUMENT)
CONNECTOR = "DesktopFlowBroker"
OF_POWER_FX = {"If", "IsBlank", "JSON", "Not", "ParseJSON", "Set", "Text", "Value"}
TYPES = {"string": str, "integer": int, "boolean": bool}


def calls(formulas: list[Node]) -> list[Call]:
    return [node for formula in formulas for node in within(formula) if isinstance(node, Call)]


def function_of(call: Call) -> Function | None:
    namespace, _, name = call.name.partition(".")
    return FUNCTIONS[name] if namespace == CONNECTOR else None


def faults_of(call: Call) -> list[str]:
    """List what is wrong with a call of the connector."""
    function = function_of(call)
    if function is None:
        return [] if call.name in OF_POWER_FX else [f"{call.name} is no function"]
    *given, last = call.arguments
    named = last.fields if isinstance(last, Record) else {}
    positional = given if isinstance(last, Record) else [*given, last]
    wanted = function.positional
    told = [f"{call.name} takes {[*wanted]}"] if len(positional) != len(wanted) else []
    told += [f"{call.name} has no {name}" for name in named if name not in function.named]
    pairs = [*zip(wanted.values(), positional, strict=False)]
    pairs += [(function.named[name], each) for name, each in named.items() if not told]
    told += [
        f"{call.name}: {value} is no {schema['type']}"
        for schema, value in pairs
        if isinstance(value, Constant) and not isinstance(value.value, TYPES[schema["type"]])
    ]
    return told


def variables(formulas: list[Node]) -> dict[str, Json]:
    """Give what is known of each variable that is set to what the connector gives."""
    found: dict[str, Json] = {}
    for call in calls(formulas):
        if call.name == "Set":
            name, value = call.arguments
            function = function_of(value) if isinstance(value, Call) else None
            if isinstance(name, Names) and function is not None:
                gives = found.setdefault(name.names[0], function.gives)
                assert gives == function.gives, f"{name} is set to values of two types"
    return found


def members_missing(formulas: list[Node]) -> list[str]:
    known = variables(formulas)
    missing = []
    for node in (each for formula in formulas for each in within(formula)):
        if not isinstance(node, Names) or node.names[0] not in known:
            continue
        schema = known[node.names[0]]
        for name in node.names[1:]:
            if "x-ms-dynamic-schema" in schema:
                break  # what follows is the desktop flow's own
            if name not in schema.get("properties", {}):
                missing.append(".".join(node.names))
                break
            schema = resolved(DOCUMENT, schema["properties"][name])
    return missing


class TestTheCanvasApp:
    def test_it_calls_what_the_connector_has_for_apps_with_what_that_takes(self) -> None:
        assert [fault for call in calls(FORMULAS) for fault in faults_of(call)] == []
        used = {call.name for call in calls(FORMULAS) if call.name.startswith(CONNECTOR)}
        assert {name.partition(".")[2] for name in used} == {
            "StartRun",
            "GetRun",
            "GetOutputs",
            "CancelRun",
        }

    def test_it_reads_members_that_there_are(self) -> None:
        assert len(variables(FORMULAS)) == 4
        assert members_missing(FORMULAS) == []

    def test_apps_have_no_operation_that_waits_for_a_post(self) -> None:
        assert set(FUNCTIONS) == {
            "StartRun",
            "RunAndWaitPolling",
            "GetRun",
            "GetOutputs",
            "CancelRun",
            "ListRuns",
        }

    @pytest.mark.parametrize(
        ("formula", "fault"),
        [
            (f'{CONNECTOR}.StartRun("key", "flow")', "takes"),
            (f'{CONNECTOR}.GetRun("run", {{wate: 20}})', "has no wate"),
            (f'{CONNECTOR}.GetRun("run", {{wait: "20"}})', "is no integer"),
            ('Launch("https://example.org")', "is no function"),
        ],
    )
    def test_a_call_that_is_wrong_would_be_found(self, formula: str, fault: str) -> None:
        ((told,),) = [faults_of(call) for call in calls(read_formulas(formula))]
        assert fault in told

    def test_a_member_that_there_is_not_would_be_found(self) -> None:
        text = f'Set(varRun, {CONNECTOR}.GetRun("run")); Set(varText, varRun.error.messige)'
        assert members_missing(read_formulas(text)) == ["varRun.error.messige"]

    @pytest.mark.parametrize("text", ["Set(", "Set(a b)", '"', "{a}", "Set(a; b)", "1 ="])
    def test_what_is_no_formula_would_be_found(self, text: str) -> None:
        with pytest.raises(FormulaError):
            read_formulas(text)


class TestTheLogicApp:
    action = WORKFLOW["actions"]["Run_and_wait"]["inputs"]

    def test_it_calls_what_there_is_with_what_that_takes(self) -> None:
        path = self.action["uri"].removeprefix("@{parameters('brokerUrl')}")
        found = operation(self.action["method"], path)
        assert found is not None
        (call,) = (each for each in CALLS if each.id == found["operationId"])
        headers = self.action["headers"]
        needed = [each for each in call.parameters if each.where is Where.HEADER and each.required]
        assert {each.name for each in needed} <= set(headers)
        assert headers["x-functions-key"] == "@parameters('brokerKey')"
        assert call.body is not None
        call.body.read(without_expressions(self.action["body"])).check()
        Key().read(without_expressions(headers["Idempotency-Key"]))

    def test_its_key_is_of_the_work_itself(self) -> None:
        """The workflow run's id alone would make one run of a loop's turns."""
        (expression,) = expressions(self.action["headers"]["Idempotency-Key"])
        assert reference(expression).function == "triggerBody"

    def test_what_it_refers_to_is_there(self) -> None:
        actions = WORKFLOW["actions"]
        given = WORKFLOW["triggers"]["When_an_invoice_comes"]["inputs"]["schema"]["properties"]
        for name, action in actions.items():
            assert set(action["runAfter"]) <= set(actions)
            for expression in expressions(action["inputs"]):
                found = reference(expression)
                match found.function:
                    case "parameters":
                        assert found.argument in WORKFLOW["parameters"]
                    case "triggerBody":
                        assert found.steps[0] in given
                    case "body":
                        assert found.argument in action["runAfter"]
                        failed = action["runAfter"][found.argument] == ["Failed"]
                        assert is_member(found.steps, ERROR.name if failed else ENDING.name)
                    case _:
                        pytest.fail(f"{name} uses {found.function}")

    def test_its_own_form_is_that_of_workflow_definitions(self) -> None:
        assert WORKFLOW["$schema"].endswith("2016-06-01/workflowdefinition.json#")
        assert WORKFLOW["parameters"]["brokerKey"]["type"] == "SecureString"
        assert (
            "inputs"
            in WORKFLOW["actions"]["Run_and_wait"]["runtimeConfiguration"]["secureData"][
                "properties"
            ]
        ), "the key stands in them"


def is_member(steps: tuple[str, ...], answer: str) -> bool:
    """Say whether an answer has members of these names, one in the other."""
    schemas = description("https://broker.example.org/api")["components"]["schemas"]
    schema = schemas[answer]
    for step in steps:
        if schema.get("additionalProperties") is True:
            return True
        if step not in schema.get("properties", {}):
            return False
        schema = schema["properties"][step]
        alternatives = [schema, *schema.get("anyOf", [])]
        named = [each["$ref"].rpartition("/")[2] for each in alternatives if "$ref" in each]
        schema = schemas[named[0]] if named else schema
    return True
