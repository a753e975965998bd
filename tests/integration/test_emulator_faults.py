"""The Dataverse emulator breaks things when asked to, and ends when it should."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

from local.emulator.admin_client import EmulatorAdmin
from local.emulator.caller import caller
from local.emulator.catalogue import FINANCE_CONNECTION, POST_INVOICE
from local.emulator.faults import Fault
from local.parts import Emulator
from tests.support.patience import PATIENCE_SECONDS, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


RUN = f"workflows({POST_INVOICE.id})/Microsoft.Dynamics.CRM.RunDesktopFlow"
PARAMETERS = {"runMode": "attended", "connectionName": FINANCE_CONNECTION}


@pytest.fixture
def dataverse(emulator: Emulator) -> Iterator[httpx.Client]:
    with caller(emulator.url, emulator.identity_environment) as client:
        yield client


def test_an_answer_can_be_lost_after_the_work_was_done(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    admin.add_fault(Fault(action="RunDesktopFlow", lost_answer=True))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        dataverse.post(RUN, json=PARAMETERS)
    assert len(admin.state().sessions) == 1
    assert admin.state().submissions[0].outcome == "accepted"
    assert dataverse.post(RUN, json=PARAMETERS).status_code == 200


def test_the_work_can_come_after_the_connection_broke(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    admin.add_fault(Fault(action="RunDesktopFlow", lost_answer=True, work_after_ms=200))
    with pytest.raises(httpx.TransportError):
        dataverse.post(RUN, json=PARAMETERS)
    assert not admin.state().sessions
    until(lambda: admin.state().sessions)


def test_a_connection_can_break_before_any_work(
    dataverse: httpx.Client, admin: EmulatorAdmin
) -> None:
    admin.add_fault(Fault(method="POST", path="RunDesktopFlow$", cut=True))
    with pytest.raises(httpx.TransportError):
        dataverse.post(RUN, json=PARAMETERS)
    state = admin.state()
    assert not state.sessions
    assert [(one.outcome, one.status) for one in state.submissions] == [("refused", None)]
    assert [one.status for one in admin.requests("/api/")] == [None]


@pytest.mark.parametrize("do_work", [False, True])
def test_a_gateway_can_answer_instead(
    dataverse: httpx.Client, admin: EmulatorAdmin, do_work: bool
) -> None:
    admin.add_fault(Fault(action="RunDesktopFlow", html=502, do_work=do_work))
    answer = dataverse.post(RUN, json=PARAMETERS)
    assert (answer.status_code, answer.headers["content-type"][:9]) == (502, "text/html")
    assert len(admin.state().sessions) == do_work


def test_a_fault_spares_some_and_hits_some(dataverse: httpx.Client, admin: EmulatorAdmin) -> None:
    body = {"error": {"code": "", "message": "slow down"}}
    headers = {"Retry-After": "7"}
    admin.add_fault(Fault(path="/WhoAmI", skip=1, times=2, status=429, body=body, headers=headers))
    answers = [dataverse.get("WhoAmI") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 429, 429, 200]
    assert (answers[1].json(), answers[1].headers["Retry-After"]) == (body, "7")


def test_tokens_can_expire(
    dataverse: httpx.Client, admin: EmulatorAdmin, emulator: Emulator
) -> None:
    admin.add_fault(Fault(path="/WhoAmI", expire_tokens=True))
    refused = [dataverse.get("WhoAmI") for _ in range(2)]
    assert [answer.status_code for answer in refused] == [401, 401]
    assert refused[0].headers["WWW-Authenticate"].startswith("Bearer ")
    with caller(emulator.url, emulator.identity_environment) as renewed:
        assert renewed.get("WhoAmI").status_code == 200


def test_what_the_admin_api_cannot_do_is_refused_with_a_reason(admin: EmulatorAdmin) -> None:
    with pytest.raises(ValueError, match="no field 'nonsense'"):
        admin.change_behaviour(nonsense=1)
    with pytest.raises(ValueError, match="'largest_page' must be"):
        admin.change_behaviour(largest_page=True)
    with pytest.raises(ValueError, match="'throttle_as' must be"):
        admin.change_behaviour(throttle_as="email")
    with pytest.raises(ValueError, match="Does Not Exist"):
        admin.delete_session("6e0b1c5e-0000-4000-8000-000000000000")


def test_it_stops_even_while_a_request_is_held(tmp_path: Path) -> None:
    with Emulator(tmp_path) as part, caller(part.url, part.identity_environment) as dataverse:
        with EmulatorAdmin(part.url) as admin:
            admin.hold("answers")
        with pytest.raises(httpx.ReadTimeout):
            dataverse.post(RUN, json=PARAMETERS, timeout=0.1)
        part.stop()
        assert part.exit_code == 0, "by itself"
        assert "Traceback" not in part.log()


def test_a_run_for_which_no_machine_comes_fails_after_six_hours(tmp_path: Path) -> None:
    options = {"machines": 0, "time_scale": 100_000}
    with (
        Emulator(tmp_path, **options) as part,
        caller(part.url, part.identity_environment) as dataverse,
        EmulatorAdmin(part.url) as admin,
    ):
        dataverse.post(RUN, json=PARAMETERS)
        until(lambda: admin.state().sessions[0].errorcode == "NoCandidateMachine")
        assert admin.state().sessions[0].statuscode == 8


def test_it_ends_with_its_parent() -> None:
    command = [sys.executable, "-m", "local.emulator", "--parent-pid"]
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as parent:
        emulator = subprocess.Popen(  # it ends with `parent`, as the test wants to see
            [*command, str(parent.pid)], stdout=subprocess.PIPE
        )
        assert emulator.stdout
        assert emulator.stdout.readline().startswith(b'{"ready": true')
        parent.kill()
        parent.wait()
        assert emulator.wait(timeout=PATIENCE_SECONDS) == 0
        emulator.stdout.close()
