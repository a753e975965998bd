"""docs/errors.md is the catalogue of codes, word for word."""

import re

from local.errors_page import PAGE, render
from shared.domain.codes import CATALOGUE

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_the_catalogue_says() -> None:
    """Otherwise: `make errors`."""
    assert render() == TEXT


def test_every_code_is_told_in_a_row_with_what_to_do() -> None:
    rows = [row.strip("| ").split(" | ") for row in TEXT.splitlines() if row.startswith("| `")]
    assert {re.sub("`", "", row[0]) for row in rows} == set(CATALOGUE)
    for cells in rows:
        assert len(cells) >= 3
        assert all(cells)


def test_the_readme_and_the_house_lead_to_it() -> None:
    for name in ("README.md", "CONTRIBUTING.md"):
        assert "docs/errors.md" in (PAGE.parents[1] / name).read_text(encoding="utf-8")
