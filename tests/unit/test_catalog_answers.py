"""Answers about the catalog: one call for all who ask together, and none where none is wanted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from shared.services.reading.catalog_answers import (
    FRESH_SECONDS,
    Answers,
)
from tests.support.catalog import Question, hold_of
from tests.support.clocks import HandClock
from tests.support.patience import until


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def answers(clock: HandClock) -> Answers[str, int]:
    return Answers(hold_of(clock), clock, room=3)


@pytest.fixture
def question() -> Question:
    return Question()


def test_an_answer_serves_for_a_minute(
    answers: Answers[str, int], question: Question, clock: HandClock
) -> None:
    assert [answers.get("x", question) for _ in range(10)] == [1] * 10
    clock.sleep(FRESH_SECONDS)
    assert answers.get("x", question) == 1
    clock.sleep(1)
    assert answers.get("x", question) == 2
    assert answers.get("y", question) == 3


def test_a_caller_says_how_old_an_answer_may_be(
    answers: Answers[str, int], question: Question, clock: HandClock
) -> None:
    answers.get("x", question)
    clock.sleep(500)
    assert answers.get("x", question, within=600) == 1
    assert answers.get("x", question, within=5) == 2


def test_those_who_ask_together_cost_one_call(
    answers: Answers[str, int], question: Question
) -> None:
    question.gate.clear()
    with ThreadPoolExecutor(30) as pool:
        asking = [pool.submit(answers.get, "x", question) for _ in range(30)]
        until(lambda: question.asked)
        question.gate.set()
        assert [each.result() for each in asking] == [1] * 30
    assert question.asked == 1


def test_while_one_asks_anew_the_others_take_the_last_answer(
    answers: Answers[str, int], question: Question, clock: HandClock
) -> None:
    """A Dataverse that does not answer must not hold every thread of the process."""
    answers.get("x", question)
    clock.sleep(FRESH_SECONDS + 1)
    question.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(answers.get, "x", question)
        until(lambda: question.asked == 2)
        assert answers.get("x", question) == 1
        patient: Future[int] = pool.submit(lambda: answers.get("x", question, patient=True))
        question.gate.set()
        assert (first.result(), patient.result()) == (2, 2)
    assert question.asked == 2


def test_what_is_kept_is_bounded_and_what_is_used_stays(
    answers: Answers[str, int], question: Question
) -> None:
    for key in ("a", "b", "c", "a", "d"):
        answers.get(key, question)
    assert question.asked == 4
    for key in ("a", "c", "d"):
        answers.get(key, question)
    assert question.asked == 4
    answers.get("b", question)
    assert question.asked == 5


def test_what_weighs_more_counts_for_more(clock: HandClock) -> None:
    asked: list[str] = []

    def asking(text: str) -> Callable[[], str]:
        def ask() -> str:
            asked.append(text)
            return text

        return ask

    answers = Answers[str, str](hold_of(clock), clock, room=5, weigh=len)
    for text in ("xx", "yy", "zzzz", "zzzz", "xx", "far too long", "far too long"):
        answers.get(text, asking(text))
    assert asked == ["xx", "yy", "zzzz", "xx", "far too long", "far too long"]
