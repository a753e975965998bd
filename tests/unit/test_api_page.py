"""docs/api.md is the description of the API, word for word."""

from __future__ import annotations

import re

from local.api_page import PAGE, render
from shared.api.calls import CALLS
from shared.domain.codes import CATALOGUE

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_the_description_says() -> None:
    """Otherwise: `make api`."""
    assert render() == TEXT


def test_every_call_has_its_section_with_all_that_it_answers() -> None:
    for call in CALLS:
        section = TEXT.partition(f"### {call.id}\n")[2].partition("\n### ")[0]
        assert f"`{call.method} /api/{call.path}`" in section
        for status in (*call.answers, *call.errors):
            assert f"| {status} | " in section


def test_every_link_within_the_page_leads_somewhere() -> None:
    headings = {heading.lower() for heading in re.findall(r"^### (\w+)$", TEXT, re.MULTILINE)}
    assert set(re.findall(r"\]\(#(\w+)\)", TEXT)) <= headings


def test_every_code_that_is_told_stands_in_the_catalogue() -> None:
    codes = {code.name for call in CALLS for code in call.codes}
    assert codes <= set(CATALOGUE)
    assert all(f"`{code}`" in TEXT for code in codes)


def test_other_pages_lead_to_it() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "docs/using.md"):
        assert "api.md" in (PAGE.parents[1] / name).read_text(encoding="utf-8")
