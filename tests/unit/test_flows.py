"""Desktop flows are listed by name, searched and paged from one answer of Dataverse."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import pytest

from shared.domain.faults import InvalidRequestError
from shared.domain.flow import DesktopFlow, FlowState
from shared.services.reading.catalog_answers import Answers
from shared.services.reading.flows import FlowsRequest, ListFlows
from tests.support.catalog import FilledCatalog, hold_of
from tests.support.clocks import HandClock


def flow(name: str, number: int = 0, *, published: bool | None = True) -> DesktopFlow:
    return DesktopFlow(str(uuid.UUID(int=number + 1)), name, None, published, FlowState.ACTIVATED)


def listing(*flows: DesktopFlow, drafts: tuple[DesktopFlow, ...] = ()) -> ListFlows:
    clock = HandClock()
    catalog = FilledCatalog(published=flows, drafts=drafts)
    return ListFlows(catalog, Answers(hold_of(clock), clock, room=2))


def all_pages(flows: ListFlows, **request: Any) -> list[list[str]]:
    pages, token = [], None
    while True:
        listed = flows(FlowsRequest(after=token, **request))
        pages.append([each.name for each in listed.flows])
        token = listed.continuation_token
        if token is None:
            return pages


def test_flows_come_by_name_whatever_their_case() -> None:
    names = ["b", "A", "c", "Äb", "B"]
    flows = listing(*(flow(name, number) for number, name in enumerate(names)))
    assert all_pages(flows) == [["A", "b", "B", "c", "Äb"]]


def test_pages_hold_every_flow_once_though_names_are_alike() -> None:
    flows = listing(*(flow("the same", number) for number in range(7)), flow("other"))
    assert [len(page) for page in all_pages(flows, top=3)] == [3, 3, 2]
    assert [len(page) for page in all_pages(flows, top=4)] == [4, 4]
    found = flows(FlowsRequest(top=500)).flows
    assert len({each.id for each in found}) == 7


def test_pages_and_searches_cost_one_call() -> None:
    flows = listing(*(flow(f"Flow {number}", number) for number in range(50)))
    all_pages(flows, top=1)
    all_pages(flows, search="7")
    assert isinstance(flows.catalog, FilledCatalog)
    assert flows.catalog.asked == {"flows": 1}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("post", ["Post credit note", "Post invoice"]),
        ("INVOICE", ["Post invoice"]),
        ("100%", ["100% check"]),
        ("%", ["100% check"]),
        ("_", []),
        ("'", ["It's odd"]),
        ("straße", ["STRASSE"]),
    ],
)
def test_a_search_finds_what_names_hold_to_the_letter(text: str, found: list[str]) -> None:
    """Dataverse takes % and _ for wildcards, and compares by its own collation."""
    names = ["Post invoice", "Post credit note", "100% check", "It's odd", "STRASSE"]
    flows = listing(*(flow(name, number) for number, name in enumerate(names)))
    assert all_pages(flows, search=text) == [found]


def test_a_flow_that_is_renamed_or_removed_between_pages_loses_no_other() -> None:
    flows = listing(*(flow(f"Flow {number}", number) for number in range(6)))
    first = flows(FlowsRequest(top=2))
    without = listing(*(flow(f"Flow {number}", number) for number in (0, 2, 3, 4, 5)))
    rest = without(FlowsRequest(after=first.continuation_token))
    assert [each.name for each in rest.flows] == ["Flow 2", "Flow 3", "Flow 4", "Flow 5"]


def test_drafts_are_listed_where_they_are_asked_for() -> None:
    flows = listing(flow("Published", 1), drafts=(flow("Draft", 2, published=False),))
    assert all_pages(flows) == [["Published"]]
    with_drafts = flows(FlowsRequest(drafts=True)).flows
    assert [(each.name, each.published) for each in with_drafts] == [
        ("Draft", False),
        ("Published", True),
    ]


def test_where_dataverse_does_not_tell_what_is_published_the_lists_are_compared() -> None:
    told = flow("Published", 1, published=None), flow("Draft", 2, published=None)
    flows = listing(told[0], drafts=told[1:])
    with_drafts = flows(FlowsRequest(drafts=True)).flows
    assert [each.published for each in with_drafts] == [False, True]
    assert [each.published for each in flows(FlowsRequest()).flows] == [True]


NIL = str(uuid.UUID(int=7))


def encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "****",
        "bnVsbA",
        "W" * 5_000,
        encoded(["a", "b"]),
        encoded([7, str(uuid.UUID(int=7))]),
    ],
)
def test_a_token_of_ones_own_making_is_refused(token: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        listing(flow("x"))(FlowsRequest(after=token))
    assert caught.value.faults[0].target == "continuationToken"
