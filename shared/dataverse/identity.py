"""What Dataverse knows of the app itself: its user, what that may do, and the way back to it."""

from collections.abc import Mapping
from typing import Any

from shared.dataverse.edge import whole
from shared.dataverse.errors import UnreadableError
from shared.dataverse.web_api import WebApi
from shared.domain.guids import read_id

SECONDS = 10.0
"""How long one of these calls may take."""


class IdentityClient:
    """Every method raises a DataverseError."""

    def __init__(self, api: WebApi) -> None:
        self._api = api

    def prepare(self) -> None:
        """Make sure of a token; raises NoTokenError."""
        self._api.prepare()

    def who_am_i(self) -> str:
        """Give the id of the app's user in the environment."""
        answer = self._api.call("GET", "WhoAmI", seconds=SECONDS)
        user = read_id(answer.get("UserId"))
        if user is None:
            raise UnreadableError("WhoAmI names no user")
        return user

    def privileges(self, user: str) -> Mapping[str, str]:
        """Give the user's privileges, those of its teams too: by name in lower case, each's depth.

        Raises UnreadableError where none is named: older servers tell their ids alone.
        """
        path = f"systemusers({user})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges"
        rows = self._api.call("GET", path, seconds=SECONDS).get("RolePrivileges")
        named = (
            dict(_named(row) for row in rows if _is_named(row)) if isinstance(rows, list) else {}
        )
        if not named:
            raise UnreadableError("the privileges have no names")
        return named

    def read_one(self, entity_set: str, column: str) -> None:
        """Read a row of a table, any or none, to see whether it may be read."""
        self._api.call("GET", f"{entity_set}?$select={column}&$top=1", seconds=SECONDS)

    def call_back(self, session_id: str) -> int | None:
        """Have Dataverse send a session's callback again; give the status it was answered with."""
        path = f"flowsessions({session_id})/Microsoft.Dynamics.CRM.TriggerDesktopFlowRunCallback"
        answer = self._api.call("POST", path, seconds=SECONDS + SECONDS)
        return whole(answer.get("callbackHttpResponseCode"))


def _is_named(row: Any) -> bool:
    return isinstance(row, dict) and isinstance(row.get("PrivilegeName"), str)


def _named(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["PrivilegeName"].lower(), str(row.get("Depth"))
