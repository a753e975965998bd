"""The governor of a process: what it counts, whom it lets go, and what it tells."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

import pytest

from shared.dataverse.errors import (
    Answer,
    AppRefusedError,
    DataverseError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    ThrottledError,
)
from shared.domain.allowance import Allowance
from shared.domain.governor import FIRST_WIDTH, Verdict
from shared.domain.pause import Why
from shared.domain.session import THROTTLED
from shared.services.governed import GovernedCatalog, GovernedDataverse
from shared.services.governor import (
    LET_IN_SECONDS,
    OLD_SECONDS,
    UNUSED_SECONDS,
    Governor,
    Kind,
    verdict_of,
)
from tests.support.runs import NOW, SESSION

CODES = ("0x80072321", "0x80072322", "0x80072326")


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.at = 0.0

    def monotonic(self) -> float:
        return self.at

    def now(self) -> int:
        return NOW + round(self.at * 1000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def governor(clock: Clock) -> Governor:
    return Governor(cast("Any", clock))


def refused(code: str, wait: float | None = 5.0) -> ThrottledError:
    return ThrottledError(Answer(429, code, "too much"), wait)


def test_submissions_take_the_room_that_others_leave(governor: Governor) -> None:
    assert governor.room() == FIRST_WIDTH
    looks = [governor.begin(Kind.LOOK) for _ in range(7)]
    assert governor.room() == FIRST_WIDTH - 7
    for look in looks:
        governor.end(look)
    assert governor.room() > FIRST_WIDTH


def test_room_that_is_taken_is_nobody_elses(governor: Governor) -> None:
    """Lanes ask side by side: what one has taken, and not begun yet, another must not take."""
    assert governor.take(70) == FIRST_WIDTH
    assert governor.take(70) == 0
    governor.give_back(2)
    begun = [governor.begin(Kind.SUBMISSION) for _ in range(FIRST_WIDTH - 2)]
    assert governor.room() == 2
    assert len(begun) == FIRST_WIDTH - 2


def test_room_that_nobody_used_comes_back_by_itself(governor: Governor, clock: Clock) -> None:
    assert governor.take(70) == FIRST_WIDTH
    clock.at = UNUSED_SECONDS
    assert governor.take(70) == FIRST_WIDTH


def test_calls_that_hang_leave_the_room_to_others(governor: Governor, clock: Clock) -> None:
    governor.take(70)
    for _ in range(FIRST_WIDTH):
        governor.begin(Kind.SUBMISSION)
    clock.at = LET_IN_SECONDS - 0.1
    assert (governor.room(), governor.width()) == (0, FIRST_WIDTH)
    clock.at = OLD_SECONDS
    assert governor.room() == 2 * FIRST_WIDTH - 1, "one is kept for callbacks"
    assert governor.width() == 2 * FIRST_WIDTH


def test_a_call_that_was_let_in_makes_room_for_one_more_like_an_answer_and_once(
    governor: Governor, clock: Clock
) -> None:
    """Dataverse refuses at once: what it has had for a second is no call too many."""
    governor.take(70)
    begun = [governor.begin(Kind.SUBMISSION) for _ in range(FIRST_WIDTH)]
    clock.at = LET_IN_SECONDS
    assert (governor.room(), governor.room()) == (FIRST_WIDTH - 1, FIRST_WIDTH - 1)
    for call in begun:
        governor.end(call)
    assert governor.width() == 2 * FIRST_WIDTH


def test_a_claim_of_one_run_waits_for_company_but_not_for_ever(governor: Governor) -> None:
    governor.take(70)
    begun = [governor.begin(Kind.SUBMISSION) for _ in range(FIRST_WIDTH)]
    governor.end(begun.pop(), NotSentError("no way"))
    assert (governor.room(), governor.take(70), governor.take(1)) == (1, 0, 1)
    governor.begin(Kind.SUBMISSION)
    while begun:
        governor.end(begun.pop(), NotSentError("no way"))
    assert governor.take(70) >= FIRST_WIDTH - 1


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (None, Verdict.ANSWERED),
        (NotFoundError(Answer(404, "0x80040217", "none")), Verdict.ANSWERED),
        (refused(THROTTLED), Verdict.ANSWERED),
        (refused("0x80072326"), Verdict.CROWDED),
        (refused("0x80072321"), Verdict.REFUSED),
        (refused("0x80072322"), Verdict.REFUSED),
        (refused(""), Verdict.REFUSED),
        (NotSentError("no way"), Verdict.UNSENT),
        (OutcomeUnknownError("no answer"), Verdict.UNKNOWN),
        (AppRefusedError(Answer(401, "", "who?")), Verdict.UNKNOWN),
        (KeyboardInterrupt(), Verdict.UNKNOWN),
    ],
)
def test_what_an_end_tells_of_the_user(error: BaseException | None, verdict: Verdict) -> None:
    assert verdict_of(error) is verdict


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("wait", [None, 2.0])
def test_each_refusal_of_service_protection_cuts_the_width(
    governor: Governor, clock: Clock, code: str, wait: float | None
) -> None:
    governor.take(70)
    begun = [governor.begin(Kind.SUBMISSION) for _ in range(FIRST_WIDTH)]
    clock.at = 1.0
    for each in begun:
        governor.end(each, refused(code, wait))
    clock.at = 10.0
    assert governor.room() == FIRST_WIDTH // 2


def test_a_stop_has_a_reason_and_a_time(governor: Governor, clock: Clock) -> None:
    begun = governor.begin(Kind.LOOK)
    clock.at = 0.5
    governor.end(begun, told=Allowance(600, NOW, 1_100.0))
    pause = governor.pause()
    assert pause is not None
    assert (pause.code, pause.until) == (Why.AWAITS_ALLOWANCE, NOW + 1_500)
    assert (governor.take(5), governor.again_in()) == (0, 1.0)
    clock.at = 1.5
    assert governor.pause() is None
    assert governor.take(5) == 1
    found_out = governor.begin(Kind.SUBMISSION)
    governor.end(found_out, told=Allowance(900, NOW, 1_100.0))
    assert (governor.pause(), governor.take(5)) == (None, 5)


def test_what_was_said_once_is_not_heard_again(governor: Governor) -> None:
    """A call that told nothing leaves Dataverse's last word standing, and counts against it."""
    told = Allowance(601, NOW, 1_100.0)
    governor.end(governor.begin(Kind.LOOK), told=told)
    assert governor.room() == 1
    governor.end(governor.begin(Kind.LOOK), told=told)
    assert governor.room() == 0


def test_cuts_are_told_once_a_minute(
    governor: Governor, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "shared"):
        for _ in range(61):
            clock.at += 1.0
            begun = governor.begin(Kind.SUBMISSION)
            clock.at += 0.1
            governor.end(begun, refused("0x80072326"))
    cuts = [each.message for each in caplog.records if "user.width_cut" in each.message]
    assert [each.split()[1] for each in cuts] == ["cuts=1", "cuts=55"]


class Everything:
    """Answers every call that there is, and says what is left."""

    def __init__(self, error: DataverseError | None) -> None:
        self.error = error
        self.left = 5_000

    def allowance(self) -> Allowance:
        self.left -= 1
        return Allowance(self.left, NOW)

    def __getattr__(self, name: str) -> Callable[..., None]:
        def call(*_: object, **__: object) -> None:
            if self.error is not None:
                raise self.error

        return call


CALLS: dict[str, tuple[object, ...]] = {
    "session": (SESSION,),
    "sessions": ([SESSION],),
    "sessions_marked": ([],),
    "sessions_since": ("", 0),
    "inputs": (SESSION,),
    "outputs": (SESSION,),
    "cancel": (SESSION,),
    "connection_reference": ("dfb_x",),
}


class Counting(Governor):
    """Keeps the kinds of the calls that ended."""

    ended: list[tuple[Kind, BaseException | None]]

    def end(self, begun: Any, error: Any = None, told: Any = None) -> None:
        self.ended.append((begun.kind, error))
        super().end(begun, error, told)


@pytest.mark.parametrize("error", [None, OutcomeUnknownError("no answer")])
def test_every_call_of_every_kind_is_counted(clock: Clock, error: DataverseError | None) -> None:
    governor = Counting(cast("Any", clock))
    governor.ended = []
    behind = Everything(error)
    dataverse = GovernedDataverse(cast("Any", behind), governor)
    catalog = GovernedCatalog(cast("Any", behind), cast("Any", behind), governor)
    calls: list[Callable[[], object]] = [
        lambda name=name, given=given: getattr(dataverse, name)(*given)  # type: ignore[misc]
        for name, given in CALLS.items()
    ]
    calls += [
        lambda: dataverse.run_desktop_flow(
            cast("Any", None), None, None, submission_id="", seconds=1
        ),
        lambda: catalog.flows(drafts=True),
        lambda: catalog.schema("", cast("Any", None)),
        catalog.references,
    ]
    for call in calls:
        try:
            call()
        except OutcomeUnknownError:
            assert error is not None
    assert [found for _, found in governor.ended] == [error] * len(calls)
    kinds = [kind for kind, _ in governor.ended]
    assert kinds.count(Kind.LOOK) == 6
    assert kinds.count(Kind.CATALOG) == 4
    assert (kinds.count(Kind.SUBMISSION), kinds.count(Kind.CANCEL)) == (1, 1)
    told = {"prepare", "ahead", "allowance"}  # these ask Dataverse for nothing
    public = {name for name in dir(GovernedDataverse) if not name.startswith("_")}
    assert public - told == {*CALLS, "run_desktop_flow"}
