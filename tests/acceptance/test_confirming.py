"""Promise 2: a lost answer never makes a robot work twice, and promise 3: nor is the run lost."""

from __future__ import annotations

from dataclasses import replace

from local.emulator.faults import Fault
from tests.support.broker import Broker, Json

LOST = Fault(action="RunDesktopFlow", lost_answer=True)
NEVER_DONE = Fault(action="RunDesktopFlow", html=502)


def sessions_of(app: Broker, run: Json) -> list[str]:
    """The flow sessions that Dataverse made for a run."""
    made = app.dataverse.state().sessions
    return [each.id for each in made if run["runId"] in (each.callback_url or "")]


def test_a_lost_answer_is_looked_up_and_its_session_adopted(app: Broker) -> None:
    app.dataverse.hold("callbacks")
    app.dataverse.add_fault(LOST)
    run = app.until(app.start())
    assert run["status"] == "Succeeded"
    assert run["attempts"] == 1
    assert sessions_of(app, run) == [run["flowSessionId"]]


def test_what_never_became_a_session_is_submitted_again_after_the_wait(app: Broker) -> None:
    """Only where a session of ours was seen to carry its callback URL does "none" prove it."""
    app.until(app.start())
    app.dataverse.add_fault(NEVER_DONE)
    run = app.until(app.start())
    assert run["status"] == "Succeeded"
    assert run["attempts"] == 2
    assert sessions_of(app, run) == [run["flowSessionId"]]


def test_a_session_that_comes_late_is_the_runs_own(app: Broker) -> None:
    """The work is done two seconds after the connection was cut."""
    app.until(app.start())
    app.dataverse.add_fault(replace(LOST, work_after_ms=2_000))
    run = app.until(app.start())
    assert run["status"] == "Succeeded"
    assert run["attempts"] == 1
    assert len(sessions_of(app, run)) == 1
