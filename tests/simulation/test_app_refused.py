"""Dataverse refuses the app itself: no run fails for it, and all go on when it is repaired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from shared.dataverse.answers import error_of
from shared.services.reading.lane_view import LaneView
from tests.simulation.lives import MINUTE, PACE, QUERIES, SUBMISSIONS, Life, begin, plain, wishes

BEGINS = 20_000
NOT_A_MEMBER = (
    b'{"error":{"code":"0x80072560","message":"The user is not a member of the organization."}}'
)
REFUSALS = {
    "401": (401, b"", {}),
    "not a member": (403, NOT_A_MEMBER, {}),
    "user disabled": (403, b'{"error":{"code":"0x80040225","message":"disabled"}}', {}),
    "blocked address": (403, b'{"error":{"code":"0x80095ffe","message":"blocked"}}', {}),
    "moved": (308, b"", {"Location": "https://elsewhere.example"}),
}


def refused(
    monkeypatch: pytest.MonkeyPatch,
    answer: tuple[int, bytes, Mapping[str, str]],
    ends: int,
    *names: str,
) -> Life:
    """Give a life of three lanes in which the app is refused for a while."""
    scenario = plain(
        wishes(60, lanes=3, at=BEGINS),
        instances=3,
        lanes=3,
        pace=replace(PACE, limit=10),
        works_up_to=5_000,
    )
    life = begin(scenario, monkeypatch)
    error = error_of(*answer)
    life.fails = lambda name, now: (
        error if BEGINS <= now < ends and (not names or name in names) else None
    )
    return life


@pytest.mark.parametrize("answer", REFUSALS.values(), ids=REFUSALS)
def test_ten_seconds_of_a_refused_app_fail_no_run(
    monkeypatch: pytest.MonkeyPatch, answer: tuple[int, bytes, Mapping[str, str]]
) -> None:
    """A backlog was drained to `Failed` by ten seconds of 401."""
    life = refused(monkeypatch, answer, BEGINS + 10_000)
    life.live(BEGINS + 12 * MINUTE)
    life.rest()
    assert set(life.statuses()) == {"Succeeded"}
    assert all(int(run["Attempts"]) < 5 for run in life.world.promises.runs.values())


@pytest.mark.parametrize("minutes", [1, 10])
def test_while_the_app_is_refused_one_run_at_a_time_finds_out_for_all(
    monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    """Three lanes, three instances: after the first answers at most one call a pause."""
    ends = BEGINS + minutes * MINUTE
    life = refused(monkeypatch, REFUSALS["401"], ends)
    life.live(ends)
    assert life.count(BEGINS + 3_000, ends, SUBMISSIONS) <= 6 + minutes
    life.live(ends + 2 * MINUTE)
    assert life.count(ends, ends + MINUTE, SUBMISSIONS) >= 2 * 10, "all lanes go on by themselves"
    life.live(ends + 12 * MINUTE)
    life.rest()
    assert set(life.statuses()) == {"Succeeded"}


def test_a_refusal_is_told_once_and_its_end_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not once a run, nor once a pause."""
    life = refused(monkeypatch, REFUSALS["not a member"], BEGINS + 5 * MINUTE)
    with caplog.at_level("INFO", logger="shared"):
        life.live(BEGINS + 20 * MINUTE)
    told = [record.getMessage() for record in caplog.records]
    refusals = [line for line in told if line.startswith("environment.refused")]
    assert len(refusals) == 1
    assert "AppNotMember" in refusals[0]
    assert sum(line.startswith("environment.accepted") for line in told) == 1
    paused = [line for line in told if line.startswith("lane.paused")]
    assert len(paused) <= 3, "once a lane"


def test_the_reason_stands_on_the_lane_and_on_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    life = refused(monkeypatch, REFUSALS["not a member"], BEGINS + 5 * MINUTE)
    life.live(BEGINS + 2 * MINUTE)
    views: list[LaneView] = []
    services = life.world.host.instances["i0"].services
    process = life.world.host.instances["i0"].process
    life.world.scheduler.spawn(process, lambda: views.extend(services.lanes()))
    life.live(BEGINS + 2 * MINUTE + 5_000)
    assert [view.pause.code for view in views if view.pause] == ["AppNotMember"] * 3
    codes = {run.get("ErrorCode") for run in life.world.promises.runs.values()}
    assert "AppNotMember" in codes
    assert codes <= {"AppNotMember", None}


def test_reads_that_are_refused_fail_nothing_and_mark_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Sessions at work are looked at again when the app is known again."""
    life = refused(monkeypatch, REFUSALS["401"], BEGINS + 5 * MINUTE, *QUERIES, "session")
    life.live(BEGINS + 5 * MINUTE)
    assert not any("ErrorCode" in run for run in life.world.promises.runs.values())
    life.live(BEGINS + 25 * MINUTE)
    life.rest()


PROTECTED = b'{"error":{"code":"0x80072322","message":"Number of requests exceeded"}}'


def test_service_protection_holds_all_lanes_and_takes_no_slot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One answer for the app's user, for thirty seconds; then each lane has its whole window."""
    life = refused(monkeypatch, (429, PROTECTED, {"Retry-After": "30"}), BEGINS + 1_000)
    life.live(BEGINS + 10 * MINUTE)
    told = life.count(BEGINS, BEGINS + 3_000, SUBMISSIONS)
    assert told >= 1
    assert life.count(BEGINS + 3_000, BEGINS + 30_000) == 0
    assert life.count(BEGINS + 30_000, BEGINS + 35_000, SUBMISSIONS) == 3 * 10
    life.rest()


def test_a_throttled_connection_holds_its_own_lane_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    life = refused(monkeypatch, REFUSALS["401"], 0)
    throttled = error_of(429, b'{"error":{"code":"DesktopFlowsActionThrottled"}}', {})
    told: list[int] = []

    def throttle_one(name: str, now: int) -> Exception | None:
        if name != SUBMISSIONS or told:
            return None
        told.append(now)
        return throttled

    life.fails = throttle_one
    life.live(BEGINS + 9_000)
    assert life.count(BEGINS, BEGINS + 9_000, SUBMISSIONS) >= 2 * 10 + 1
    life.live(BEGINS + 10 * MINUTE)
    life.rest()
    assert set(life.statuses()) == {"Succeeded"}
