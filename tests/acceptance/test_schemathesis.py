"""A stranger's judgement: schemathesis makes requests from the description, and judges answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from shared.api.calls import CALLS
from tests.support.broker import Broker, broker

EXAMPLES = 10
BEYOND_SCHEMAS = [positive_data_acceptance]
"""What no schema can say is refused too: a time that is over, a private address, a name of nothing.

Where a schema can say it, tests/unit/test_description.py has both accept the same.
"""


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with broker(tmp_path_factory.mktemp("described"), limit=1000, limit_window_seconds=1) as app:
        yield app


@pytest.mark.parametrize(("method", "path"), [(call.method, call.path) for call in CALLS])
def test_the_app_does_as_it_says(described: Broker, method: str, path: str) -> None:
    url = f"{described.hosts[0].url}/api/openapi.json"
    schema = schemathesis.openapi.from_url(url)
    headers = {"x-functions-key": described.hosts[0].function_key}

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=schema[f"/{path}"][method].as_strategy())
    def judged(case: Any) -> None:
        case.call_and_validate(headers=headers, excluded_checks=BEYOND_SCHEMAS)

    judged()
