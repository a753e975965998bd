"""Values of Dataverse without sense: each is read within bounds, or as none, alone."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.dataverse import edge, models
from shared.dataverse.answers import json_object
from shared.domain.instants import from_iso, to_iso
from shared.domain.session import FlowSession, StatusCode
from tests.support.runs import NOW, SESSION

EXAMPLES = settings(max_examples=300, deadline=None, derandomize=True)
ZEROS = "00000000-0000-0000-0000-000000000000"
REPLACED = "\N{REPLACEMENT CHARACTER}"

values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["\ud83d", "a\0b", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", ZEROS]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


COLUMNS = (*models.SESSION_COLUMNS, *models.OPTIONAL_COLUMNS)


def session_of(**columns: Any) -> FlowSession:
    """Read a row as it comes over the wire."""
    row = {"flowsessionid": SESSION, "statuscode": 4} | columns
    return models.session(json_object(json.dumps(row).encode()))


@EXAMPLES
@given(row=st.fixed_dictionaries({}, optional=dict.fromkeys(COLUMNS, values)))
def test_any_row_with_an_id_is_a_session_that_can_be_kept(row: dict[str, Any]) -> None:
    """A row without sense once made a run that could never be read again."""
    session = session_of(**row | {"flowsessionid": SESSION})
    assert session.id == SESSION
    assert session.statuscode in set(StatusCode)
    for instant in (session.created_at, session.started_at, session.completed_at):
        assert instant is None or from_iso(to_iso(instant)) == instant
    for text in (session.error_code, session.error_message, session.callback_url):
        assert text is None or (len(text.encode()) > 0 and len(text) <= edge.TEXT_LIMIT)


@pytest.mark.parametrize("value", [4, "4", 4.0, "4.0", " 4 ", "4e0"])
def test_a_status_is_known_however_it_is_written(value: object) -> None:
    assert session_of(statuscode=value).statuscode is StatusCode.SUCCEEDED


@pytest.mark.parametrize(
    "value",
    [None, "", "Succeeded", 99, -4, 4.5, True, [4], {"Value": 4}, 10**30, "1e400", "0x4", "NaN"],
)
def test_a_status_that_nobody_knows_is_no_end(value: object) -> None:
    """Look again: a run must not end by a number that is documented nowhere."""
    session = session_of(statuscode=value)
    assert session.statuscode is StatusCode.NOT_SPECIFIED
    assert not session.finished


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "9" * 5_000, "1E-400"])
def test_a_number_without_sense_takes_no_row_along(number: str) -> None:
    row = json_object(f'{{"flowsessionid":"{SESSION}","statuscode":{number}}}'.encode())
    assert models.session(row) == FlowSession(SESSION, StatusCode.NOT_SPECIFIED)


@pytest.mark.parametrize(
    "value",
    [
        *("0001-01-01T00:00:00Z", "1899-12-30T00:00:00Z", "1969-12-31T23:59:59.999Z"),
        *("10000-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z"),
        *("", "soon", "/Date(1795540000000)/", 1_795_540_000_000, True, {}, "0000-00-00"),
    ],
)
def test_a_time_that_is_none_is_not_known_and_the_rest_of_the_row_is(value: object) -> None:
    session = session_of(startedon=value, completedon=to_iso(NOW), createdon=value)
    assert (session.created_at, session.started_at, session.completed_at) == (None, None, NOW)
    assert session.finished


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("cut \ud83d", f"cut {REPLACED}"),
        ("\ude00 cut", f"{REPLACED} cut"),
        ("a\0b\x1bc\x9bd", f"a{REPLACED}b{REPLACED}c{REPLACED}d"),
        ("two\r\nlines\tlong", "two\r\nlines\tlong"),
        ("x" * 50_000, "x" * 10_000),
        (17, "17"),
        (False, "false"),
        (1.50, "1.5"),
        ({"code": "E1", "n": [1]}, '{"code":"E1","n":[1]}'),
        ("\U0001f916", "\U0001f916"),
        ("", None),
        ("  \n", None),
        (None, None),
    ],
)
def test_a_text_is_read_whatever_it_is(value: object, read: str | None) -> None:
    assert session_of(errormessage=value).error_message == read


def test_a_callback_url_is_read_to_the_letter() -> None:
    """What differs in a space was not kept as it was sent, and proves nothing."""
    url = "https://broker.example:443/api/callbacks/1/2 "
    assert session_of(callbackurl=url).callback_url == url


@pytest.mark.parametrize("value", [SESSION.upper(), f"{{{SESSION}}}", f"{{{SESSION.upper()}}}"])
def test_an_id_is_the_same_in_any_case_and_in_braces(value: str) -> None:
    assert session_of(flowsessionid=value).id == SESSION
    assert models.submitted({"flowsessionId": value}).flow_session_id == SESSION
    assert session_of(_regardingobjectid_value=value).workflow_id == SESSION


NO_IDS: list[object] = [
    ZEROS,
    f"{{{ZEROS}}}",
    "",
    "7",
    None,
    7,
    True,
    [],
    {},
    f"{SESSION}0",
    f"{{{SESSION}",
]


@pytest.mark.parametrize("value", NO_IDS)
def test_what_is_no_id_names_no_session(value: object) -> None:
    """Zeros are what .NET writes where there is none: not Dataverse's word about a session."""
    with pytest.raises((TypeError, ValueError)):
        session_of(flowsessionid=value)
    with pytest.raises((TypeError, ValueError)):
        models.submitted({"flowsessionId": value})
    assert session_of(_regardingobjectid_value=value).workflow_id is None


@pytest.mark.parametrize(("value", "read"), [(3, 3), ("3", 3), (3.0, 3), (None, None), ("x", None)])
def test_a_trigger_is_read_or_not_known(value: object, read: int | None) -> None:
    assert session_of(triggertype=value).trigger_type == read


@pytest.mark.parametrize("licence", [None, 7, "x", [], {}, {"code": None}, {"message": "m"}])
def test_a_licence_without_sense_does_not_lose_the_session(licence: object) -> None:
    body = {"flowsessionId": SESSION, "licenseCheck": licence}
    assert models.submitted(body).licence_warning is None


def test_a_licence_of_another_kind_is_told_as_it_is() -> None:
    licence = {"code": 7, "message": {"text": "cut \ufffd"}}
    warning = models.submitted({"flowsessionId": SESSION, "licenseCheck": licence}).licence_warning
    assert warning == f'7: {{"text":"cut {REPLACED}"}}'


@pytest.mark.parametrize("state", [0, "0", 0.0, None])
def test_a_reference_is_active_however_that_is_written(state: object) -> None:
    row = {"connectionreferencelogicalname": "n", "connectionid": "c", "statecode": state}
    row |= {"connectorid": "/providers/Microsoft.PowerApps/apis/shared_uiflow "}
    assert models.reference(row).usable


@pytest.mark.parametrize("state", [1, "1", "x", True, -1, [], 0.5])
def test_a_reference_that_is_not_known_to_be_active_is_not_usable(state: object) -> None:
    row = {"connectionreferencelogicalname": "n", "connectionid": "c", "statecode": state}
    assert not models.reference(row | {"connectorid": "/apis/shared_uiflow"}).usable


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Thu, 26 Nov 2026 12:00:00 GMT", 0),
        ("Thu, 26 Nov 2026 12:01:00 GMT", 60_000),
        ("Tue, 24 Nov 2026 12:00:00 GMT", -2 * 86_400_000),
        ("Fri, 01 Jan 1999 00:00:00 GMT", -880_545_600_000),
        (None, None),
        ("", None),
        ("soon", None),
        ("Thu, 99 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_another_clock_is_read_from_its_date(date: str | None, ahead: int | None) -> None:
    """However far off it is: the times that are looked through have to hold both clocks."""
    assert edge.clock_ahead(date, from_iso("2026-11-26T12:00:00Z")) == ahead
