"""Service protection holds submissions of all lanes, on all instances; one code only shortly."""

from __future__ import annotations

from typing import Any, cast

import pytest

from shared.dataverse.answers import error_of
from shared.dataverse.errors import ThrottledError
from shared.domain.pause import Why
from shared.services.hold import BRIEF_MS, UNSAID_MS, EnvironmentHold
from shared.storage.environment import EnvironmentTable
from tests.simulation.table import SimulatedTable
from tests.support.runs import NOW


class Clock:
    def now(self) -> int:
        return NOW


def two_instances() -> tuple[EnvironmentHold, EnvironmentHold]:
    table = SimulatedTable()

    def make() -> EnvironmentHold:
        known = EnvironmentTable(table, "org.crm.dynamics.com")
        return EnvironmentHold(known, cast("Any", Clock()))

    return make(), make()


def answered(code: str, wait: str | None) -> ThrottledError:
    """Read an answer of service protection as the client reads it."""
    content = b'{"error":{"code":"%s","message":"too much"}}' % code.encode()
    error = error_of(429, content, {} if wait is None else {"Retry-After": wait})
    assert isinstance(error, ThrottledError)
    return error


@pytest.mark.parametrize("code", ["0x80072321", "0x80072322", "0X80072322", ""])
@pytest.mark.parametrize(("wait", "ms"), [("40", 40_000), (None, UNSAID_MS), ("soon", UNSAID_MS)])
def test_too_many_requests_and_too_much_time_hold_everybody(
    code: str, wait: str | None, ms: int
) -> None:
    one, other = two_instances()
    one.obey(answered(code, wait), by_submission=True)
    for each in (one, other):
        pause = each.keeps()
        assert pause is not None
        assert (pause.code, pause.until) == (Why.SERVICE_PROTECTION, NOW + ms)


@pytest.mark.parametrize(("wait", "ms"), [("2", 2_000), (None, 1_000), ("5", BRIEF_MS)])
def test_too_many_at_once_hold_nobody_but_who_was_refused(wait: str | None, ms: int) -> None:
    """As soon as some calls have ended there is room again, and the width is cut."""
    one, other = two_instances()
    pause = one.obey(answered("0x80072326", wait), by_submission=True)
    assert (pause.code, pause.until) == (Why.SERVICE_PROTECTION, NOW + ms)
    assert (one.keeps(), other.keeps()) == (None, None)


def test_a_long_wait_is_obeyed_whatever_it_is_for() -> None:
    one, other = two_instances()
    one.obey(answered("0x80072326", "30"), by_submission=True)
    for each in (one, other):
        pause = each.keeps()
        assert pause is not None
        assert pause.until == NOW + 30_000
