"""What a caller is told of a cancelling that Dataverse refuses: no more than is known."""

import pytest

from shared.dataverse.errors import Answer, OutcomeUnknownError, RefusedError
from shared.domain.session import FlowSession
from shared.services.refusals import CancelRefusedError
from tests.simulation import race_parts as parts
from tests.simulation.bench import Bench
from tests.simulation.dataverse import SimulatedDataverse


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A world in which no single session can be read."""

    def unreadable(*_: object) -> FlowSession:
        raise OutcomeUnknownError("502")

    monkeypatch.setattr(SimulatedDataverse, "session", unreadable)
    return Bench()


def refuse(monkeypatch: pytest.MonkeyPatch, answer: Answer) -> None:
    def cancel(*_: object) -> None:
        raise RefusedError(answer)

    monkeypatch.setattr(SimulatedDataverse, "cancel", cancel)


def test_a_refusal_that_may_mean_the_end_of_the_session_is_left_to_the_next_look(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, Answer(400, "0x80040216", "the flow session is finished"))
    run = parts.ended(bench)
    told = bench.do(lambda services: services.cancel(run.id))
    assert told is not None
    assert told.cancel_requested_at


def test_a_missing_right_is_told_whatever_became_of_the_session(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, Answer(403, "0x80040220", "privilege missing"))
    run = parts.running(bench)
    with pytest.raises(CancelRefusedError, match="Co-owner"):
        bench.do(lambda services: services.cancel(run.id))
    assert bench.stored(run).run.cancel_requested_at, "it is carried out once that is granted"
