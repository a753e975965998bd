"""The emulator's forms of a stored callback URL, and what it counts of arrivals."""

from __future__ import annotations

import random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.emulator.arrivals import by_connection, by_marker, most_in_window
from local.emulator.endings import ending_of
from local.emulator.records import Submission
from local.emulator.stored_urls import UrlForm, stored_url

URL = "https://Broker.example/api/callbacks/a1-b2/x%20y"


@pytest.mark.parametrize(
    ("form", "stored"),
    [
        ("kept", URL),
        ("dropped", None),
        ("default_port", "https://Broker.example:443/api/callbacks/a1-b2/x%20y"),
        ("no_default_port", URL),
        ("host_upper", "https://BROKER.EXAMPLE/api/callbacks/a1-b2/x%20y"),
        ("host_lower", "https://broker.example/api/callbacks/a1-b2/x%20y"),
        ("trailing_slash", f"{URL}/"),
        ("no_trailing_slash", URL),
        ("percent_encoded", "https://Broker.example/api/callbacks/a1%2Db2/x%20y"),
        ("percent_decoded", "https://Broker.example/api/callbacks/a1-b2/x y"),
        ("truncated", "https://Broker"),
        ("blanks", f" {URL} "),
    ],
)
def test_a_url_is_stored_in_one_of_these_forms(form: UrlForm, stored: str | None) -> None:
    assert stored_url(URL, form, 14) == stored
    assert stored_url(None, form, 14) is None


def test_a_port_or_a_slash_that_is_there_is_not_added_but_may_go() -> None:
    url = "https://a.example:443/x/"
    assert stored_url(url, "default_port", 0) == url
    assert stored_url(url, "trailing_slash", 0) == url
    assert stored_url(url, "no_default_port", 0) == "https://a.example/x/"
    assert stored_url(url, "no_trailing_slash", 0) == "https://a.example:443/x"
    assert stored_url("http://a.example", "default_port", 0) == "http://a.example:80"
    assert stored_url("https://a.example:99999/", "default_port", 0) == "https://a.example:99999/"


@given(st.text(), st.sampled_from(get_args(UrlForm)), st.integers(0, 100))
def test_every_url_has_every_form(path: str, form: UrlForm, length: int) -> None:
    stored_url(f"https://a.example/{path}", form, length)


@pytest.mark.parametrize(
    ("times", "most"), [([], 0), ([5], 1), ([0, 60], 1), ([0, 59], 2), ([60, 0, 30, 59, 90], 3)]
)
def test_a_window_does_not_hold_two_that_are_its_length_apart(times: list[int], most: int) -> None:
    assert most_in_window(times, 60) == most


@given(st.lists(st.integers(0, 300), max_size=40), st.integers(1, 100))
def test_no_window_holds_more_than_the_most(times: list[int], length: int) -> None:
    counts = [sum(at - length < one <= at for one in times) for at in range(401)]
    assert most_in_window(times, length) == max(counts)


def test_submissions_are_counted_by_connection_and_by_marker() -> None:
    """What was refused did nothing, so it does not fill a window."""
    submissions = [
        Submission(0, "accepted", "w", "one", "https://a", "s1", client_request_id="1"),
        Submission(10, "throttled", "w", "one", "https://b", client_request_id="2"),
        Submission(20, "refused", "w", "one", "https://a", client_request_id="3"),
        Submission(30, "accepted", "w", "two", "https://a", "s2", client_request_id="4"),
        Submission(40, "refused", "w"),
    ]
    connections = {one.key: one for one in by_connection(submissions, 1000)}
    assert set(connections) == {"one", "two", None}
    one = connections["one"]
    assert (one.accepted, one.throttled, one.refused, one.arrived) == (1, 1, 1, 3)
    assert (one.most_in_window, one.first_ms, one.last_ms) == (2, 0, 20)
    runs = {one.key: one for one in by_marker(submissions, "callback_url", 1000)}
    assert runs["https://a"].sessions == ("s1", "s2")
    assert len(by_marker(submissions, "client_request_id", 1000)) == 5


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [
        ('{"a": 1234567890123456.78}', '{"a": 1234567890123456.78, "Result": "Done"}'),
        ('{ "a":1E400,"b":0.10, "c":3.0 }\n', '{ "a":1E400,"b":0.10, "c":3.0, "Result": "Done"}'),
        (r'{"a": "\ud83d"}', r'{"a": "\ud83d", "Result": "Done"}'),
        ('{"a": ' + "9" * 5000 + "}", '{"a": ' + "9" * 5000 + ', "Result": "Done"}'),
        ('{"a": {}}', '{"a": {}, "Result": "Done"}'),
        (" { } ", '{"Result": "Done"}'),
        ('{"Result": 0.10}', '{"Result": 0.10}'),
    ],
)
def test_the_robot_echoes_its_inputs_to_the_letter(inputs: str, outputs: str) -> None:
    assert ending_of(inputs, 1, random.Random(1)).outputs == outputs
