"""Signing keys are changed while robots work, and nothing is lost, believed or done twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from local.emulator.faults import Fault
from tests.support.broker import Broker, Json, broker
from tests.support.patience import until

OLD, NEW = "the key that signed until today..", "the key that signs from today on."
KEY, PREVIOUS = "CALLBACK_SIGNING_KEY", "CALLBACK_SIGNING_KEY_PREVIOUS"
NO_POLLING = {"FIRST_POLL_SECONDS": "3600", "LAST_POLL_SECONDS": "3600"}

Start = Callable[..., AbstractContextManager[Broker]]


@pytest.fixture
def app_with_the_old_key(tmp_path: Path) -> Start:
    @contextmanager
    def start(**settings: str) -> Iterator[Broker]:
        with broker(tmp_path, settings={KEY: OLD} | settings) as app:
            yield app

    return start


def restart(app: Broker, **settings: str) -> None:
    """Start the host again with other settings, as Azure does when they are changed."""
    app.hosts[0].stop()
    app.hosts[0].change_settings(**settings)
    app.hosts[0].start()


def answer_to_callback_of(app: Broker, run: Json) -> int | None:
    """End a run's robot, and give what Dataverse's callback was answered at last."""
    app.dataverse.finish_session(run["flowSessionId"])
    return until(lambda: app.dataverse.state().deliveries, "no callback")[-1].status


def until_told(app: Broker, run_id: str, code: str) -> Json:
    """Wait until a run has an error of this code."""
    return app.until_it(run_id, lambda run: (run["error"] or {}).get("code") == code)


def found_by(app: Broker, run: Json) -> list[str]:
    """What told how the run ended: the last of the events of its observation."""
    found = rf"run\.observed run_id='{run['runId']}' .*status='Succeeded' .*by='(\w+)'"
    # The event is logged after what it tells of can be seen.
    return until(lambda: re.findall(found, app.hosts[0].log()), "nobody told how the run ended")


def test_a_callback_to_an_address_of_the_previous_key_is_recorded(
    app_with_the_old_key: Start,
) -> None:
    with app_with_the_old_key(**NO_POLLING) as app:
        app.dataverse.hold("machines")
        run = app.until(app.start(), "Running")
        restart(app, **{KEY: NEW, PREVIOUS: OLD})
        assert answer_to_callback_of(app, run) == 200
        assert app.run(run["runId"])["status"] == "Succeeded"
        assert found_by(app, run) == ["callback"]


def test_without_the_previous_key_it_is_404_and_polling_finds_the_ending(
    app_with_the_old_key: Start,
) -> None:
    """A key that leaked is taken away at once; its runs are found all the same."""
    with app_with_the_old_key() as app:
        app.dataverse.hold("machines")
        run = app.until(app.start(), "Running")
        restart(app, **{KEY: NEW})
        assert answer_to_callback_of(app, run) == 404
        assert app.until(run["runId"])["status"] == "Succeeded"
        assert found_by(app, run) == ["poll"]


def test_a_lost_answer_is_looked_up_at_the_address_of_the_previous_key(
    app_with_the_old_key: Start,
) -> None:
    """Promise 2: a change of keys never makes a robot work twice."""
    with app_with_the_old_key() as app:
        app.until(app.start())  # Dataverse keeps addresses: none at this one would mean none
        app.dataverse.hold("callbacks")
        app.dataverse.add_fault(Fault(action="RunDesktopFlow", lost_answer=True))
        run = app.until(app.start(), "Unconfirmed")
        restart(app, **{KEY: NEW, PREVIOUS: OLD})
        assert app.until(run["runId"])["status"] == "Succeeded"
        assert len(app.submissions(run["runId"])) == 1


def test_a_key_taken_away_too_early_makes_no_robot_work_twice(app_with_the_old_key: Start) -> None:
    """The session is there, at an address that the app would not give out any more."""
    with app_with_the_old_key(LAST_POLL_SECONDS="2") as app:
        app.until(app.start())  # Dataverse keeps addresses: none at this one would mean none
        app.dataverse.hold("callbacks")
        app.dataverse.add_fault(Fault(action="RunDesktopFlow", lost_answer=True))
        run_id = app.until(app.start(), "Unconfirmed")["runId"]
        restart(app, **{KEY: NEW})
        told = until_told(app, run_id, "StrangeSignature")
        assert told["status"] == "Unconfirmed"
        assert PREVIOUS in told["error"]["advice"]
        restart(app, **{PREVIOUS: OLD})
        assert app.until(run_id)["status"] == "Succeeded"
        assert len(app.submissions(run_id)) == 1
