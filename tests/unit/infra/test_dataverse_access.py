"""infra/dataverse/access.py: what lets the broker in is made once, and no more than it needs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from local.emulator import privileges
from local.infra_checks.sources import REPOSITORY
from shared.domain.privileges import PRIVILEGES
from tests.support.admin_api import TOKEN, AdminApi
from tests.support.patience import PATIENCE_SECONDS

SCRIPT = REPOSITORY / "infra" / "dataverse" / "access.py"
CLIENT = "0b9a5ab5-6ab8-4b5c-9f4d-9f3a36a8b0c1"
FLOW = "5d3a1f0e-0000-0000-0000-000000000001"
ALL = ["Create", "Read", "Write", "Append", "AppendTo", "Delete", "Assign", "Share"]
TABLES = {
    "flowsession": ALL,
    "workflowbinary": ALL,
    "Workflow": ALL,
    "desktopflowbinary": ALL,
    "connectionreference": ALL,
    "Account": ALL,
}
NEEDED = {
    *(f"prv{verb}flowsession" for verb in ALL[:5]),
    *(f"prv{verb}workflowbinary" for verb in ALL[:5]),
    "prvReadWorkflow",
    "prvReaddesktopflowbinary",
    "prvReadconnectionreference",
}


def test_the_doctor_and_the_emulator_ask_for_what_the_role_is_given() -> None:
    """Else the doctor would miss what nobody grants, or a role would lack what a run needs."""
    needed = {each.casefold() for each in NEEDED}
    assert {each.name.casefold() for each in PRIVILEGES} == needed
    assert {each.casefold() for each in privileges.PRIVILEGES} == needed


@pytest.fixture
def environment() -> Iterator[AdminApi]:
    with AdminApi(TABLES) as api:
        yield api


def run(api: AdminApi, *arguments: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), api.url, "--client-id", CLIENT, *arguments],
        env={"DATAVERSE_TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def test_the_identity_is_a_user_with_a_role_of_its_own(environment: AdminApi) -> None:
    done = run(environment)
    assert (done.returncode, done.stderr) == (0, "")
    (user,) = environment.rows["systemusers"]
    (role,) = environment.rows["roles"]
    assert user["applicationid"] == CLIENT
    assert user["_businessunitid_value"] == role["_businessunitid_value"] == environment.unit
    assert environment.user_roles == {user["systemuserid"]: [role["roleid"]]}


def test_the_role_may_what_is_needed_and_no_more(environment: AdminApi) -> None:
    """Environment-wide Read on Process would make the user a co-owner of every flow."""
    run(environment)
    (privileges,) = environment.role_privileges.values()
    assert set(privileges) == NEEDED
    assert set(privileges.values()) == {"Basic"}


def test_the_sessions_alone_may_be_read_further(environment: AdminApi) -> None:
    """Who owns a session that the application user started is documented nowhere."""
    run(environment, "--sessions", "Global")
    (privileges,) = environment.role_privileges.values()
    assert {name for name, depth in privileges.items() if depth == "Global"} == {
        name for name in NEEDED if name.endswith("flowsession")
    }


def test_it_may_be_called_again(environment: AdminApi) -> None:
    run(environment)
    before = (str(environment.rows), str(environment.user_roles), str(environment.role_privileges))
    assert run(environment).returncode == 0
    after = (str(environment.rows), str(environment.user_roles), str(environment.role_privileges))
    assert after == before


def test_a_role_of_the_same_name_in_another_unit_is_not_taken(environment: AdminApi) -> None:
    other = {"roleid": "another", "name": "Desktop Flow Broker", "_businessunitid_value": "another"}
    environment.rows["roles"].append(other)
    run(environment)
    ((role,),) = environment.user_roles.values()
    assert role != "another"


def test_a_flow_is_shared_and_what_came_of_it_is_told(environment: AdminApi) -> None:
    done = run(environment, "--flow", FLOW)
    (user,) = environment.rows["systemusers"]
    granted = environment.shares[user["systemuserid"], FLOW]
    assert {"ReadAccess", "WriteAccess"} <= set(granted.split(", "))
    assert f"flow {FLOW}: {granted}" in done.stdout


def test_a_privilege_that_the_environment_lacks_is_named(environment: AdminApi) -> None:
    environment.rows["privileges"] = [
        row for row in environment.rows["privileges"] if row["name"] != "prvReadflowsession"
    ]
    done = run(environment)
    assert done.returncode == 1
    assert done.stderr == "access.py: the environment has no privilege prvreadflowsession\n"


def test_what_dataverse_refuses_is_told_with_its_code(environment: AdminApi) -> None:
    environment.refuse.add("roles")
    done = run(environment)
    assert done.returncode == 1
    assert "GET roles: 403" in done.stderr
    assert "0x80040220" in done.stderr


def test_who_is_not_known_makes_nothing(environment: AdminApi) -> None:
    done = run(environment, token="somebody else's")
    assert done.returncode == 1
    assert "401" in done.stderr
    assert environment.rows["systemusers"] == []
    assert "somebody else's" not in done.stdout + done.stderr


@pytest.mark.parametrize("url", ["http://org.crm4.dynamics.com", "org.crm4.dynamics.com"])
def test_a_token_is_sent_to_no_address_without_tls(url: str) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), url, "--client-id", CLIENT],
        env={"DATAVERSE_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "must be https://" in done.stderr
