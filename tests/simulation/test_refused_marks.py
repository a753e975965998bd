"""A mark that Dataverse refuses: what was found out about a run is kept, whatever comes next."""

from __future__ import annotations

import pytest

from shared.dataverse.errors import (
    Answer,
    DataverseError,
    NotSentError,
    OutcomeUnknownError,
    ThrottledError,
)
from shared.domain.run import RunStatus
from shared.domain.session import THROTTLED
from tests.simulation.bench import Bench
from tests.simulation.dataverse import SimulatedDataverse

UNSUCCESSFUL: dict[str, DataverseError] = {
    "throttled": ThrottledError(Answer(429, THROTTLED, "too many"), 1.0),
    "protected": ThrottledError(Answer(429, "0x80072322", "too many requests"), 1.0),
    "not sent": NotSentError("connection refused"),
    "lost": OutcomeUnknownError("the connection broke"),
}


@pytest.mark.parametrize("outcome", UNSUCCESSFUL)
def test_a_run_that_was_refused_with_its_mark_never_carries_it_again(
    monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    """What became of the next submission had its reason on the run, and the mark was tried anew."""
    sent: list[str | None] = []
    take_in = SimulatedDataverse.run_desktop_flow

    def fail_twice_without(
        self: SimulatedDataverse, request: object, inputs: str, url: str | None, *rest: object
    ) -> object:
        sent.append(url)
        if url is None and sent.count(None) <= 2:
            raise UNSUCCESSFUL[outcome]
        return take_in(self, request, inputs, url, *rest)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(SimulatedDataverse, "run_desktop_flow", fail_twice_without)
    bench = Bench(callbacks=False, urls_known=False, takes_markers=False, works=5_000)
    run = bench.start("a")
    bench.rest()
    assert bench.stored(run).run.status is RunStatus.SUCCEEDED
    assert [url is None for url in sent] == [False, True, True, True]
