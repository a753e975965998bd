"""Answers about the catalog that cannot be had: who is told, and when it is tried again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.dataverse.errors import (
    Answer,
    AppRefusedError,
    NotFoundError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    ThrottledError,
)
from shared.domain.errors import BrokerError
from shared.domain.flow_schema import UnreadableSchemaError
from shared.services.reading.catalog_answers import (
    AGAIN_SECONDS,
    FRESH_SECONDS,
    OLD_SECONDS,
    Answers,
    CatalogUnavailableError,
)
from shared.services.refusals import CatalogRefusedError
from tests.simulation.table import SimulatedTable
from tests.support.catalog import Question, hold_of
from tests.support.clocks import HandClock
from tests.support.patience import until

TOO_MANY = ThrottledError(Answer(429, "0x80072322", "too many requests"), 20.0)
UNAUTHORIZED = AppRefusedError(Answer(401, "", "Unauthorized"))
CANNOT = [
    NotSentError("no connection"),
    OutcomeUnknownError("502"),
    TOO_MANY,
    UNAUTHORIZED,
    UnreadableSchemaError("not JSON"),
]
ABSENT = NotFoundError(Answer(404, "0x80040217", "absent"))
FORBIDDEN = RefusedError(Answer(403, "0x80040220", "missing privilege"))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def answers(clock: HandClock) -> Answers[str, int]:
    return Answers(hold_of(clock), clock, room=3)


@pytest.fixture
def question() -> Question:
    return Question()


@pytest.mark.parametrize("error", CANNOT, ids=lambda each: type(each).__name__)
def test_those_who_ask_together_hear_of_one_failure(
    answers: Answers[str, int], question: Question, error: BrokerError
) -> None:
    question.error = error
    question.gate.clear()
    with ThreadPoolExecutor(10) as pool:
        asking = [pool.submit(answers.get, "x", question) for _ in range(10)]
        until(lambda: question.asked)
        question.gate.set()
        heard = {type(each.exception()) for each in asking}
    assert heard <= {CatalogUnavailableError, UnreadableSchemaError}
    assert (len(heard), question.asked) == (1, 1)


def test_a_defect_of_one_who_asks_lets_nobody_wait_for_ever(
    answers: Answers[str, int], question: Question
) -> None:
    def broken() -> int:
        question()
        raise ValueError("a defect")

    question.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(answers.get, "x", broken)
        until(lambda: question.asked)
        second = pool.submit(answers.get, "x", question)
        question.gate.set()
        assert isinstance(first.exception(), ValueError)
        heard = second.exception()
        assert heard is None or isinstance(heard, CatalogUnavailableError)
    assert answers.get("x", Question()) in (1, 2)


@pytest.mark.parametrize("error", CANNOT, ids=lambda each: type(each).__name__)
def test_an_old_answer_serves_while_dataverse_cannot_be_asked(
    answers: Answers[str, int], question: Question, clock: HandClock, error: BrokerError
) -> None:
    answers.get("x", question)
    question.error = error
    clock.sleep(FRESH_SECONDS + 1)
    assert answers.get("x", question) == answers.get("x", question, within=5, patient=True) == 1
    clock.sleep(OLD_SECONDS)
    with pytest.raises(BrokerError):
        answers.get("x", question)


@pytest.mark.parametrize("error", [ABSENT, FORBIDDEN], ids=lambda each: type(each).__name__)
def test_what_dataverse_refuses_is_not_answered_from_memory(
    answers: Answers[str, int], question: Question, clock: HandClock, error: BrokerError
) -> None:
    answers.get("x", question)
    question.error = error
    clock.sleep(FRESH_SECONDS + 1)
    for _ in range(3):
        with pytest.raises((NotFoundError, CatalogRefusedError)):
            answers.get("x", question)
    question.error = OutcomeUnknownError("502")
    clock.sleep(AGAIN_SECONDS)
    with pytest.raises(CatalogUnavailableError):
        answers.get("x", question)


@pytest.mark.parametrize(
    "error", [OutcomeUnknownError("502"), ABSENT, FORBIDDEN], ids=lambda each: type(each).__name__
)
def test_a_call_that_failed_is_not_repeated_at_once(
    answers: Answers[str, int], question: Question, clock: HandClock, error: BrokerError
) -> None:
    question.error = error
    for _ in range(20):
        with pytest.raises(BrokerError):
            answers.get("x", question)
    assert question.asked == 1
    clock.sleep(AGAIN_SECONDS)
    question.error = None
    assert answers.get("x", question) == 2


def test_an_error_that_is_told_often_keeps_nothing_alive(answers: Answers[str, int]) -> None:
    """A raised error keeps the frames of each raising, and of what it came of."""

    def ask() -> int:
        try:
            return int("what a long answer came to")
        except ValueError as error:
            raise UnreadableSchemaError("not JSON") from error

    for _ in range(50):
        with pytest.raises(UnreadableSchemaError):
            answers.get("x", ask)
    with pytest.raises(UnreadableSchemaError) as caught:
        answers.get("x", ask)
    assert len(caught.traceback) < 10
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize("error", [TOO_MANY, UNAUTHORIZED], ids=lambda each: type(each).__name__)
def test_what_holds_the_environment_is_heard_by_all_and_by_other_instances(
    question: Question, clock: HandClock, error: BrokerError
) -> None:
    table = SimulatedTable()
    here, there = (Answers[str, int](hold_of(clock, table), clock, room=9) for _ in range(2))
    question.error = error
    with pytest.raises(CatalogUnavailableError) as told:
        here.get("x", question)
    question.error = None
    for answers in (here, there):
        with pytest.raises(CatalogUnavailableError):
            answers.get("y", question)
    assert question.asked == 1
    wait = told.value.retry_after
    assert wait is not None
    assert wait >= 1
    assert str(error) in str(told.value)
    clock.sleep(max(wait, AGAIN_SECONDS))
    assert here.get("x", question) == 2
    assert there.get("y", question) == 3


def test_the_time_to_ask_again_gets_less(
    answers: Answers[str, int], question: Question, clock: HandClock
) -> None:
    question.error = TOO_MANY
    told = []
    for _ in range(3):
        with pytest.raises(CatalogUnavailableError) as caught:
            answers.get("x", question)
        told.append(caught.value.retry_after)
        clock.sleep(2)
    assert told == [20, 18, 16]
