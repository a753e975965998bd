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


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("startedon", '"0001-01-01T00:00:00Z"'),
        ("createdon", '"9999-12-31T23:59:59Z"'),
        ("completedon", '"not a date"'),
        ("startedon", '"10000-01-01T00:00:00Z"'),
        ("completedon", "1700000000000"),
        ("statuscode", '"4"'),
        ("statuscode", "null"),
        ("statuscode", "99"),
        ("statuscode", "4.0"),
        ("statuscode", "NaN"),
        ("errorcode", r'"\ud83d"'),
        ("errormessage", r'"a\u0000b"'),
        ("flowsessionid", "null"),
        ("inputs", '{"nested": [1E400, -0]}'),
        ("callbackurl", "not JSON at all"),
        ("errordetails", ""),
    ],
)
def test_a_column_can_show_any_text(
    dataverse: httpx.Client, admin: EmulatorAdmin, column: str, text: str
) -> None:
    """The text stands in the answers to the letter; queries still find the row by its truth."""
    session = admin.create_session(statuscode=2)
    admin.change_session(session.id, columns={column: text})
    written = f'"{column}":{text}'.encode()
    for address in (
        f"flowsessions({session.id})",
        query_of(session.id),
        "flowsessions?$filter=createdon gt 2020-01-01 and statuscode eq 2&$orderby=startedon",
        f"flowsessions?$select={column}",
    ):
        assert dataverse.get(address).content.count(written) == 1
    others = set(rows(dataverse.get("flowsessions?$select=_ownerid_value"))[0])
    assert others >= {"@odata.etag", "_ownerid_value"}


def test_a_column_can_be_missing(dataverse: httpx.Client, admin: EmulatorAdmin) -> None:
    bad, good = (admin.create_session().id for _ in range(2))
    admin.change_session(bad, columns={"flowsessionid": None, "statuscode": None})
    without, whole = rows(dataverse.get("flowsessions?$select=statuscode&$orderby=createdon"))
    assert set(without) == {"@odata.etag"}
    assert (whole["flowsessionid"], whole["statuscode"]) == (good, 2)
    admin.change_session(bad, columns={})
    assert dataverse.get(f"flowsessions({bad})").json()["flowsessionid"] == bad


@pytest.mark.parametrize(("how", "fails"), [("error", None), ("cut", "incomplete|complete")])
def test_queries_that_find_a_session_can_fail_while_it_is_read_alone(
    dataverse: httpx.Client, admin: EmulatorAdmin, how: str, fails: str | None
) -> None:
    bad, good = (admin.create_session().id for _ in range(2))
    admin.change_session(bad, query_answer=how)
    for query in (query_of(bad, good), "flowsessions", "flowsessions?$filter=statuscode eq 2"):
        if fails is None:
            assert dataverse.get(query).status_code == 500
        else:
            with pytest.raises(httpx.RemoteProtocolError, match=fails):
                dataverse.get(query)
    assert len(rows(dataverse.get(query_of(good)))) == 1
    assert dataverse.get(f"flowsessions({bad})").json()["flowsessionid"] == bad


@pytest.mark.parametrize("how", ["error", "never", "cut"])
def test_a_session_can_be_unreadable_alone_while_queries_find_it(
    dataverse: httpx.Client, admin: EmulatorAdmin, how: str
) -> None:
    session = admin.create_session().id
    admin.change_session(session, read_answer=how)
    if how == "error":
        assert dataverse.get(f"flowsessions({session})").status_code == 500
    else:
        with pytest.raises((httpx.ReadTimeout, httpx.RemoteProtocolError)):
            dataverse.get(f"flowsessions({session})", timeout=0.2)
    assert len(rows(dataverse.get(query_of(session)))) == 1


def test_a_query_that_is_never_answered_ends_with_its_caller(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    session = admin.create_session().id
    admin.change_session(session, query_answer="never")
    with pytest.raises(httpx.ReadTimeout):
        dataverse.get("flowsessions", timeout=0.2)
    assert dataverse.get(f"flowsessions({session})").status_code == 200


RAW = [
    "null",
    r'{"a": "\ud83d", "b": "\ude00\ud83d"}',
    '{"a": NaN, "b": Infinity, "c": -Infinity, "d": -0}',
    '{"amount": 1234567890123456.78, "huge": 1E400, "tenth": 0.10, "three": 3.0}',
    '{"a": 1, "a": 2}',
    '{"a": ' + "[" * 5000 + "]" * 5000 + "}",
    "not JSON",
    "",
]


@pytest.mark.parametrize("text", RAW)
def test_outputs_are_given_byte_for_byte(
    dataverse: httpx.Client, admin: EmulatorAdmin, text: str
) -> None:
    session = admin.create_session(outputs=text, statuscode=4).id
    assert dataverse.get(f"flowsessions({session})/outputs/$value").content == text.encode()
    admin.change_session(session, statuscode=2)
    admin.finish_session(session, outputs=f" {text}\n")
    answer = dataverse.get(f"flowsessions({session})/outputs/$value")
    assert answer.content == f" {text}\n".encode()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"columns": {"nonsense": "1"}}, "no column 'nonsense'"),
        ({"columns": {"statuscode": 4}}, "'columns' must be"),
        ({"columns": ["statuscode"]}, "'columns' must be"),
        ({"query_answer": "sometimes"}, "'query_answer' must be"),
        ({"started_ms": 10**15}, "started_ms must lie in the years 1 to 9999"),
        ({"completed_ms": -(10**15)}, "completed_ms must lie in the years"),
    ],
)
def test_a_row_that_cannot_be_made_is_refused_with_a_reason(
    admin: EmulatorAdmin, change: dict[str, Any], reason: str
) -> None:
    session = admin.create_session().id
    with pytest.raises(ValueError, match=reason):
        admin.change_session(session, **change)
