"""The connector's files are the description, and a maker's requests are such as the app takes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from local import connector_files
from local.connector_files import COMMITTED, DEFINITION, PROPERTIES, main, render
from shared.api.calls import CALLS
from shared.api.connector import TOOLS
from shared.api.swagger import NO_HOST, definition
from shared.domain.fields import Body, Visibility
from tests.support.connector_rules import faults

DOCUMENT = definition()
CALLS_BY_ID = {call.id: call for call in CALLS}
HOST = "broker-4711.westeurope-01.azurewebsites.net"


@pytest.mark.parametrize("name", [DEFINITION, PROPERTIES])
def test_the_committed_file_is_what_the_description_says(name: str) -> None:
    """Otherwise: `make connector`."""
    assert (COMMITTED / name).read_text(encoding="utf-8") == render()[name]


def test_the_committed_files_lead_nowhere() -> None:
    """A key that somebody gives by mistake to the files as they are reaches nobody."""
    assert NO_HOST.endswith(".invalid")
    assert DOCUMENT["host"] == NO_HOST


def test_a_host_is_written_in_wherever_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(connector_files, "ROOT", tmp_path)
    monkeypatch.setattr(connector_files, "FOR_A_HOST", tmp_path / "connector")
    main(["--host", HOST])
    text = (tmp_path / "connector" / DEFINITION).read_text(encoding="utf-8")
    assert NO_HOST not in text
    written = json.loads(text)
    assert written["host"] == HOST
    assert faults(written) == {}
    assert "pac connector create" in capsys.readouterr().out


@pytest.mark.parametrize("host", ["https://a.example.org", "a.example.org/api", "a_b.org", "a", ""])
def test_what_is_no_host_is_told(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--host", host])
    assert "must be a host's name" in capsys.readouterr().err


def test_the_key_of_a_connection_is_sent_where_the_app_looks_for_it() -> None:
    properties = json.loads(render()[PROPERTIES])["properties"]
    (parameter,) = properties["connectionParameters"].values()
    (scheme,) = DOCUMENT["securityDefinitions"].values()
    assert (scheme["in"], scheme["name"]) == ("header", "x-functions-key")
    assert list(properties["connectionParameters"]) == list(DOCUMENT["securityDefinitions"])
    assert parameter["type"] == "securestring"
    constraints = parameter["uiDefinition"]["constraints"]
    assert constraints["required"] == "true", "a text, as the import wants it"


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.id)
def test_an_operation_takes_and_answers_what_its_call_does(tool: Any) -> None:
    call = CALLS_BY_ID[tool.call]
    operation = DOCUMENT["paths"][f"/{call.path}"][call.method.lower()]
    assert operation["operationId"] == tool.id
    taken = {each["name"] for each in operation["parameters"] if each["in"] != "body"}
    assert taken <= {each.name for each in call.parameters}
    assert {each.name for each in call.parameters if each.required} <= taken
    told = {int(status) for status in operation["responses"]} - {401}
    known = {*call.answers, *call.errors} - {304}
    assert told == known | ({200} if tool.result or tool.shown else set())


BODIES = [(tool.id, CALLS_BY_ID[tool.call].body) for tool in TOOLS if CALLS_BY_ID[tool.call].body]


@pytest.mark.parametrize(("name", "body"), BODIES, ids=[name for name, _ in BODIES])
def test_what_a_maker_gives_is_accepted(name: str, body: Body) -> None:
    """With everything filled in, and with what he has to give alone, defaults included."""
    schema = DOCUMENT["definitions"][f"{name}Request"]
    examples = {field.name: field.example for field in body.fields}
    everything = {field: examples[field] for field in schema["properties"]}
    body.read(everything).check()
    needed = {field: examples[field] for field in schema["required"]}
    defaults = {
        field: each["default"] for field, each in schema["properties"].items() if "default" in each
    }
    body.read(needed | defaults).check()


def test_what_a_list_goes_by_is_given_before_it() -> None:
    names = [*DOCUMENT["definitions"]["StartRunRequest"]["properties"]]
    assert names.index("connectionType") + 1 == names.index("connectionName")


def test_the_guide_tells_of_each_operation_that_makers_see() -> None:
    guide = (connector_files.ROOT / "docs" / "connector.md").read_text(encoding="utf-8")
    assert NO_HOST.replace(".", r"\.") in guide
    for tool in TOOLS:
        if tool.visibility is not Visibility.INTERNAL:
            assert re.search(rf"^\| {tool.summary}[ (]", guide, re.MULTILINE), tool.summary


def test_an_idempotency_key_is_needed_wherever_a_run_is_started() -> None:
    """And what is said of it names what it must not be: the turns of a loop would be one run."""
    for name in ("StartRun", "RunAndWait", "RunAndWaitPolling"):
        (operation,) = (
            each
            for item in DOCUMENT["paths"].values()
            for each in item.values()
            if each.get("operationId") == name
        )
        key = operation["parameters"][0]
        assert (key["name"], key["in"], key["required"]) == ("Idempotency-Key", "header", True)
        assert "workflow()['run']['name']" in key["description"]
        assert "Never" in key["description"]


def test_an_engine_can_leave_where_it_has_come() -> None:
    """Without a DELETE that is defined nothing is ever unsubscribed."""
    for path in ("/waits", "/subscriptions"):
        leave = DOCUMENT["paths"][f"{path}/{{id}}/{{signature}}"]["delete"]
        assert leave["x-ms-visibility"] == "internal"
        assert "Location" in DOCUMENT["paths"][path]["post"]["responses"]["201"]["headers"]


def test_no_polling_starts_by_itself_where_a_maker_wants_to_go_on() -> None:
    """An engine polls the Location of a 202, so only the polling operation may answer one."""
    polled = {
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
        if "Location" in operation.get("responses", {}).get("202", {}).get("headers", {})
    }
    assert polled == {"RunAndWaitPolling", "PollRun"}
