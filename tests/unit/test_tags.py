"""Entity tags: which run's representation a caller has, as RFC 9110 compares them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.triggers.tags import Tag, if_none_match, tag_of
from tests.support.runs import queued, running

TAG = Tag("Queued", "0f9e")
OTHER = Tag("Running", "77aa")


def test_a_tag_is_strong_and_in_quotes() -> None:
    assert str(TAG) == '"Queued.0f9e"'


def test_the_tag_of_another_stage_or_text_is_another() -> None:
    tags = {tag_of(run, text) for run in (queued(), running()) for text in ("{}", '{"place":1}')}
    assert len(tags) == 4
    assert tag_of(queued(), "{}") == tag_of(queued(), "{}")


@pytest.mark.parametrize(
    "header",
    [
        '"Queued.0f9e"',
        'W/"Queued.0f9e"',
        '  "Queued.0f9e"  ',
        '"Running.77aa", "Queued.0f9e"',
        '"Running.77aa","Queued.0f9e"',
        ', "x", , W/"Queued.0f9e",',
        '"with, a comma","Queued.0f9e"',
        '"", "Queued.0f9e"',
        "*",
        " * ",
    ],
)
def test_a_tag_that_is_listed_or_any_at_all_matches(header: str) -> None:
    """Weak comparison: what stands between the quotes counts (RFC 9110, 13.1.2 and 8.8.3.2)."""
    assert if_none_match(header).names(TAG)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        '"Running.77aa"',
        '"Queued.0f9"',
        '"queued.0f9e"',
        "Queued.0f9e",
        '"Queued.0f9e',
        'w/"Queued.0f9e"',
        '"*"',
        '"a" "Queued.0f9e"',
        "garbage, *",
        '"Queued.0f9e" and more',
        '*, "x"',
    ],
)
def test_what_is_another_tag_or_none_does_not_match(header: str | None) -> None:
    """What cannot be read is as if it was not there: the run is told once more than needed."""
    assert not if_none_match(header).names(TAG)


@pytest.mark.parametrize(
    ("header", "stage", "seen"),
    [
        (None, "Queued", True),
        ("*", "Queued", True),
        ('"Queued.0f9e"', "Queued", True),
        ('W/"Queued.of another text"', "Queued", True),
        ('"Running.1", "Queued.2"', "Queued", True),
        ('"Queued.0f9e"', "Running", False),
        ('"somebody else\'s"', "Queued", False),
        ("garbage", "Queued", True),
    ],
)
def test_whoever_has_seen_the_stage_waits_for_another(
    header: str | None, stage: str, seen: bool
) -> None:
    """Who has seen none, or cannot tell, waits from what it is now on."""
    assert if_none_match(header).has_seen(stage) is seen


@given(header=st.text(max_size=200))
def test_no_header_is_an_error(header: str) -> None:
    condition = if_none_match(header)
    assert isinstance(condition.names(TAG), bool)
    assert isinstance(condition.has_seen("Queued"), bool)


@given(tags=st.lists(st.sampled_from([TAG, OTHER]), min_size=1))
def test_every_list_of_tags_is_read_back(tags: list[Tag]) -> None:
    condition = if_none_match(", ".join(map(str, tags)))
    assert all(condition.names(tag) for tag in tags)
