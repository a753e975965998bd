"""The emulator's `$filter`: what it understands, and that it refuses the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.emulator.errors import WebApiError
from local.emulator.odata_filter import Kind, parse_filter

COLUMNS: dict[str, Kind] = {"id": "guid", "url": "text", "code": "number", "on": "moment"}
ONE = "6e0b1c5e-0000-4000-8000-00000000000a"
TWO = "6e0b1c5e-0000-4000-8000-00000000000b"
ROW = {"id": ONE, "url": "https://A.example/it's", "code": 4, "on": "2026-01-02T03:04:05Z"}


@pytest.mark.parametrize(
    "text",
    [
        "code eq 4",
        "code ne 5 and code gt 3 and code ge 4 and code lt 5 and code le 4",
        "url eq 'HTTPS://a.EXAMPLE/it''s'",
        f"id eq {ONE.upper()}",
        f"id eq '{ONE}'",
        "on ge 2026-01-02 and on lt 2026-01-02T03:04:05.500Z",
        "on eq 2026-01-02T04:04:05+01:00",
        "code eq 1 and code eq 2 or code eq 4",
        "(code eq 1 or code eq 4) and (url ne null)",
        f'Microsoft.Dynamics.CRM.In(PropertyName=\'id\',PropertyValues=["{TWO}","{ONE}"])',
        "Microsoft.Dynamics.CRM.In(PropertyName='code',PropertyValues=[\"4\"])",
        "Microsoft.Dynamics.CRM.In(PropertyName='url',PropertyValues=[\"https://a.example/it's\"])",
    ],
)
def test_a_row_that_fulfils_the_condition_is_found(text: str) -> None:
    assert parse_filter(text, COLUMNS).holds(ROW)


@pytest.mark.parametrize(
    "text",
    [
        "code eq 4 and code eq 5",
        "code eq 1 and (code eq 2 or code eq 4)",
        "url eq null",
        "on gt 2026-01-02T03:04:05Z",
        "Microsoft.Dynamics.CRM.In(PropertyName='id',PropertyValues=[])",
    ],
)
def test_a_row_that_does_not_fulfil_it_is_not(text: str) -> None:
    assert not parse_filter(text, COLUMNS).holds(ROW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "code",
        "code eq",
        "code eq 'four'",
        "code eq 4 nonsense",
        "code in (4)",
        "id eq 4",
        "url eq https",
        "url eq 'open",
        "not (code eq 4)",
        "startswith(url,'https')",
        "4 eq code",
        "(code eq 4",
        "code eq 4)",
        "(" * 1000 + "code eq 4" + ")" * 1000,
        "Microsoft.Dynamics.CRM.In(PropertyName='id',PropertyValues=[1])",
        "Microsoft.Dynamics.CRM.In(PropertyName='id',PropertyValues=[\"x\"])",
        "Microsoft.Dynamics.CRM.In(PropertyName='other',PropertyValues=[])",
    ],
)
def test_what_is_not_served_is_refused(text: str) -> None:
    with pytest.raises(WebApiError) as refusal:
        parse_filter(text, COLUMNS)
    assert (refusal.value.status, refusal.value.code) == (400, "0x80060888")


@given(st.text())
def test_any_text_survives_as_a_literal(text: str) -> None:
    literal = text.replace("'", "''")
    condition = parse_filter(f"url eq '{literal}'", COLUMNS)
    assert condition.holds(ROW | {"url": text.upper() if text.isascii() else text})


def test_the_values_that_a_column_may_have_are_known_for_an_index() -> None:
    condition = parse_filter("(url eq 'A' or url eq 'b') and code eq 4", COLUMNS)
    assert condition.keys("url") == frozenset({"a", "b"})
    assert parse_filter("url eq 'a' or code eq 4", COLUMNS).keys("url") is None
    assert parse_filter("url ne 'a'", COLUMNS).keys("url") is None
