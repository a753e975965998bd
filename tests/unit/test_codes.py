"""The catalogue of codes: whatever the app says or hears in a code is in it, once and in full."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

from shared.dataverse.answers import error_of
from shared.dataverse.errors import AnsweredError, AppRefusedError
from shared.domain import codes
from shared.domain.codes import CATALOGUE, Code, Kind, find
from shared.domain.pause import Why
from shared.domain.run.steps import observe
from shared.domain.session import ROBOT_NEVER_STARTED, UNFINISHED, StatusCode
from shared.services.submitting import verdict
from tests.support.codes import NEEDS_A_PERSON
from tests.support.runs import NOW, POLLING, running, session
from tests.support.source import MODULES, argument, calls_of, codes_in_the_source, texts_of

TABLES = [f"shared.domain.codes.{path.stem}" for path in Path(codes.__file__).parent.glob("*.py")]

# As the contract lists them (section 9), word for word: one more would let a robot work twice.
NEVER_STARTED = [
    "DesktopFlowsActionThrottled",
    "NoCandidateMachine",
    "NoListenerConnected",
    "ConnectionNotEstablished",
    "UIFlowAlreadyRunning",
    "NoUnlockedActiveSessionForAttended",
    "LocalPlaybackOrRecordingOngoing",
    "SessionExistsForTheUserWhenUnattended",
    "TooManyActiveSessions",
    "SessionCreationError",
    "GroupIsEmpty",
    "AuthTokenNotYetValid",
    "AttendedUserSessionNotActive",
    "AttendedUserNotLoggedIn",
    "UnattendedUserSessionDisconnected",
    "UnattendedUserSessionLocked",
    "Win10AlreadyHasActiveSession",
]
MAY_HAVE_STARTED = [
    "DesktopFlowsActionTimeout",
    "SessionNotFound",
    "ConnectionTimeout",
    "WcfServerCrash",
    "DesktopFlowMalformedMachineResponse",
]

FOUND = sorted(set(codes_in_the_source()))


@pytest.mark.parametrize(("text", "kind"), FOUND)
def test_a_code_that_the_source_holds_is_in_the_catalogue(text: str, kind: Kind) -> None:
    assert kind in CATALOGUE[text].kinds


def test_the_source_is_seen_to_hold_codes() -> None:
    """A search that finds nothing would prove nothing."""
    kinds = {kind for _, kind in FOUND}
    assert kinds >= {Kind.RUN, Kind.FIELD}
    assert {"SubmissionLost", "OutcomeUnknown", "GivenUp", "UnknownParameter"} <= {
        text for text, _ in FOUND
    }


def test_what_the_source_says_of_the_robot_is_what_the_catalogue_says() -> None:
    seen = 0
    for path, call in calls_of("RunError"):
        code, started = argument(call, 0, "code"), argument(call, 4, "robot_may_have_started")
        for name in texts_of(code) if isinstance(code, ast.Constant) else ():
            said = started.value if isinstance(started, ast.Constant) else started
            assert said == CATALOGUE[name].robot_may_have_started, (path, name)
            seen += 1
    assert seen >= 8


@pytest.mark.parametrize("why", Why)
def test_every_reason_to_wait_is_one_of_the_catalogue(why: Why) -> None:
    assert Kind.WAIT in CATALOGUE[why].kinds


def test_dataverses_numbers_that_the_source_knows_are_in_the_catalogue() -> None:
    numbers = {
        node.value
        for module in MODULES.values()
        for node in ast.walk(module)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"0x[0-9a-f]{8}", node.value, re.IGNORECASE)
    }
    assert len(numbers) >= 9
    assert numbers <= set(CATALOGUE)


@pytest.mark.parametrize("status", range(300, 600))
def test_a_refusal_without_a_code_has_one_of_the_catalogue(status: int) -> None:
    error = error_of(status, b"", {})
    if isinstance(error, AnsweredError) and not isinstance(error, AppRefusedError):
        assert CATALOGUE[verdict.error_of(error).code].robot_may_have_started is False


@pytest.mark.parametrize("status", sorted(set(StatusCode) - UNFINISHED - {StatusCode.SUCCEEDED}))
def test_a_session_that_ends_without_a_code_has_one_of_the_catalogue(status: StatusCode) -> None:
    run = observe(running(), session(status), at=NOW, polling=POLLING)
    assert run.error is not None
    assert Kind.RUN in CATALOGUE[run.error.code].kinds
    assert CATALOGUE[run.error.code].robot_may_have_started is run.error.robot_may_have_started


@pytest.mark.parametrize(
    ("names", "started"), [(NEVER_STARTED, False), (NEEDS_A_PERSON, None), (MAY_HAVE_STARTED, True)]
)
def test_the_documented_errors_of_sessions_are_told_as_they_are_documented(
    names: list[str], started: bool | None
) -> None:
    found = {
        name
        for name, code in CATALOGUE.items()
        if Kind.SESSION in code.kinds and code.robot_may_have_started is started
    }
    assert found == set(names)


def test_after_no_other_code_a_session_is_started_again() -> None:
    assert set(NEVER_STARTED) == ROBOT_NEVER_STARTED


def test_every_code_of_every_table_is_in_the_catalogue_once() -> None:
    listed = [
        code
        for name in TABLES
        for found in vars(import_module(name)).values()
        for code in (found if isinstance(found, tuple) else (found,))
        if isinstance(code, Code)
    ]
    assert {id(code) for code in listed} == {id(code) for code in CATALOGUE.values()}
    assert len({code.name.lower() for code in listed}) == len(CATALOGUE)


def test_codes_are_made_in_the_catalogue_alone() -> None:
    made = {path.parent.name for path, _ in calls_of("Code")}
    assert made == {"codes"}


@pytest.mark.parametrize("code", CATALOGUE.values(), ids=str)
def test_a_code_is_told_in_full(code: Code) -> None:
    """In sentences; and an answer of HTTP, and nothing else, has a status of an error."""
    assert code.kinds
    for text in (code.meaning, code.advice):
        assert text.endswith((".", "?"))
        assert text == text.strip()
        assert text[0].isupper() or text[0].isdigit()
        assert "  " not in text
    assert (code.status is not None) == (Kind.ANSWER in code.kinds)
    assert code.status is None or 400 <= code.status <= 599


def test_hexadecimal_codes_are_found_however_they_are_written() -> None:
    assert find("0X8005F101") is find("0x8005f101") is CATALOGUE["0x8005f101"]
    assert find("SomethingUnheardOf") is None
