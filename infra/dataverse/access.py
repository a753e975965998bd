"""Lets the broker's identity into a Dataverse environment: user, role, desktop flows.

    python infra/dataverse/access.py https://<org>.crm.dynamics.com --client-id <id> [--flow <id> …]

The client id is the output BROKER_IDENTITY_CLIENT_ID. Whoever calls it is a system administrator of
the environment, and logged in with `az login`. It may be called again: what is there is kept, and
what is missing is added. It needs nothing but Python and the Azure CLI.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ROLE = "Desktop Flow Broker"
SESSIONS = "flowsession"
PRIVILEGES = {
    SESSIONS: ("Create", "Read", "Write", "Append", "AppendTo"),
    "workflowbinary": ("Create", "Read", "Write", "Append", "AppendTo"),
    "workflow": ("Read",),
    "desktopflowbinary": ("Read",),
    "connectionreference": ("Read",),
}
"""What the role may, by table: Microsoft's list for running desktop flows, and reading sessions."""

CO_OWNER = (
    "ReadAccess, WriteAccess, AppendAccess, AppendToAccess, DeleteAccess, ShareAccess, AssignAccess"
)
TIMEOUT_SECONDS = 60


class RefusedError(Exception):
    """Dataverse said no; the message has its status, code and words."""


@dataclass(frozen=True, slots=True)
class Dataverse:
    """The Web API of one environment, called as whoever is logged in."""

    url: str
    token: str

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Call it, and give the answer's JSON, or None; raises RefusedError."""
        request = urllib.request.Request(  # noqa: S310 - the address is https, or loopback
            f"{self.url}/api/data/v9.2/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Accept": "application/json",
                "Content-Type": "application/json; charset=utf-8",
                "OData-Version": "4.0",
                "OData-MaxVersion": "4.0",
                "Prefer": "return=representation",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
                text = answer.read()
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            raise RefusedError(f"{method} {path.partition('?')[0]}: {error.code} {said}") from None
        return json.loads(text) if text else None

    def rows(self, table: str, select: str, where: str) -> list[dict[str, Any]]:
        """Read rows of a table; `where`: an OData filter."""
        query = f"$select={select}&$filter={urllib.parse.quote(where)}"
        found: list[dict[str, Any]] = self.call("GET", f"{table}?{query}")["value"]
        return found

    def one(self, table: str, key: str, where: str, new: Mapping[str, Any] | None) -> str:
        """Give the id of the one row; if there is none, make it, or raise RefusedError."""
        found = self.rows(table, key, where)
        if not found and new is None:
            raise RefusedError(f"there is none in {table} where {where}")
        row = found[0] if found else self.call("POST", table, new)
        print(f"{table}: {row[key]} {'is there' if found else 'made'}")
        return str(row[key])


def let_in(dataverse: Dataverse, client_id: str, sessions: str) -> str:
    """Make the application user with its role, as far as they are not there; give the user's id."""
    none = "_parentbusinessunitid_value eq null"
    unit = dataverse.one("businessunits", "businessunitid", none, None)
    of_unit = {"businessunitid@odata.bind": f"/businessunits({unit})"}
    user = dataverse.one(
        "systemusers",
        "systemuserid",
        f"applicationid eq {client_id}",
        {"applicationid": client_id, **of_unit},
    )
    role = dataverse.one(
        "roles",
        "roleid",
        f"name eq '{ROLE}' and _businessunitid_value eq {unit}",
        {"name": ROLE, **of_unit},
    )
    allowed = _privileges(dataverse, sessions)
    add = f"roles({role})/Microsoft.Dynamics.CRM.AddPrivilegesRole"
    dataverse.call("POST", add, {"Privileges": allowed})
    print(f"{ROLE}: {len(allowed)} privileges")
    has = dataverse.call("GET", f"systemusers({user})/systemuserroles_association?$select=roleid")
    if role not in [each["roleid"] for each in has["value"]]:
        itself = {"@odata.id": f"{dataverse.url}/api/data/v9.2/roles({role})"}
        dataverse.call("POST", f"systemusers({user})/systemuserroles_association/$ref", itself)
        print(f"{ROLE}: given to the user")
    return user


def share(dataverse: Dataverse, user: str, flow: str) -> None:
    """Make the user a co-owner of a desktop flow, and tell what it may do with it then."""
    kind = "Microsoft.Dynamics.CRM"
    grant = {
        "Target": {"workflowid": flow, "@odata.type": f"{kind}.workflow"},
        "PrincipalAccess": {
            "Principal": {"systemuserid": user, "@odata.type": f"{kind}.systemuser"},
            "AccessMask": CO_OWNER,
        },
    }
    dataverse.call("POST", "GrantAccess", grant)
    target = urllib.parse.quote(json.dumps({"@odata.id": f"workflows({flow})"}))
    asked = f"systemusers({user})/{kind}.RetrievePrincipalAccess(Target=@p1)?@p1={target}"
    print(f"flow {flow}: {dataverse.call('GET', asked)['AccessRights']}")


def _privileges(dataverse: Dataverse, sessions: str) -> list[dict[str, str]]:
    """Look up the privileges by their names; raises RefusedError if the environment lacks one."""
    wanted = {
        f"prv{verb}{table}".casefold(): sessions if table == SESSIONS else "Basic"
        for table, verbs in PRIVILEGES.items()
        for verb in verbs
    }
    where = " or ".join(f"name eq '{name}'" for name in wanted)  # it compares without case
    found = dataverse.rows("privileges", "privilegeid,name", where)
    by_name = {each["name"].casefold(): each["privilegeid"] for each in found}
    missing = sorted(set(wanted) - set(by_name))
    if missing:
        raise RefusedError(f"the environment has no privilege {', '.join(missing)}")
    return [{"PrivilegeId": by_name[name], "Depth": depth} for name, depth in wanted.items()]


def _token(url: str) -> str:
    """Give DATAVERSE_TOKEN, or ask the Azure CLI for one."""
    given = os.environ.get("DATAVERSE_TOKEN")
    if given:
        return given
    ask = ["az", "account", "get-access-token", "--resource", url, "--query", "accessToken"]
    done = subprocess.run([*ask, "--output", "tsv"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RefusedError(done.stderr.strip())
    return done.stdout.strip()


def _address(text: str) -> str:
    url = urllib.parse.urlsplit(text)
    if url.scheme != "https" and url.hostname != "127.0.0.1":
        raise argparse.ArgumentTypeError("must be https://<host of the environment>")
    return f"{url.scheme}://{url.netloc}"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Let the broker's identity into Dataverse.")
    parser.add_argument("url", type=_address, help="https://<host of the environment>")
    parser.add_argument("--client-id", required=True, help="BROKER_IDENTITY_CLIENT_ID")
    parser.add_argument("--flow", action="append", default=[], help="a desktop flow's id to share")
    depths = ("Basic", "Local", "Deep", "Global")
    parser.add_argument("--sessions", default="Basic", choices=depths, help="whose flow sessions")
    options = parser.parse_args(arguments)
    try:
        dataverse = Dataverse(options.url, _token(options.url))
        user = let_in(dataverse, options.client_id, options.sessions)
        for flow in options.flow:
            share(dataverse, user, flow)
    except (RefusedError, urllib.error.URLError) as error:
        sys.exit(f"access.py: {error}")


if __name__ == "__main__":
    main()
