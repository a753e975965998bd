"""The Dataverse emulator gives rows, files and errors that nobody would expect, as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.caller import caller
from local.parts import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

HALF = "half a surrogate: \ud83d"


@pytest.fixture
def dataverse(emulator: Emulator) -> Iterator[httpx.Client]:
    with caller(emulator.url, emulator.identity_environment) as client:
        yield client


def query_of(*sessions: str) -> str:
    ids = json.dumps(sessions)
    condition = f"Microsoft.Dynamics.CRM.In(PropertyName='flowsessionid',PropertyValues={ids})"
    return f"flowsessions?$filter={quote(condition)}"


def rows(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    value: list[dict[str, Any]] = answer.json()["value"]
    return value


@pytest.mark.parametrize(
    "text",
    [HALF, "\ude00 the other half", "\ud83d\ud83d", "with \x00 NUL", "x" * 1_000_000, "ü😀"],
)
def test_any_error_text_reaches_every_query_as_it_is(
    dataverse: httpx.Client, admin: EmulatorAdmin, text: str
) -> None:
    bad, good = (admin.create_session(statuscode=8).id for _ in range(2))
    changed = admin.change_session(bad, errormessage=text, errorcode=text, errordetails=text)
    assert changed.errormessage == text
    found = {row["flowsessionid"]: row for row in rows(dataverse.get(query_of(bad, good)))}
    assert set(found) == {bad, good}
    assert [found[bad][name] for name in ("errormessage", "errorcode", "errordetails")] == [
        text
    ] * 3
    assert dataverse.get(f"flowsessions({bad})").json()["errormessage"] == text


def test_half_a_surrogate_is_written_as_jsons_escape(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    session = admin.create_session(statuscode=8)
    admin.change_session(session.id, errormessage=HALF)
    assert rb'"half a surrogate: \ud83d"' in dataverse.get("flowsessions").content
