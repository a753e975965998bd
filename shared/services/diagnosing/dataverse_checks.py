"""Checks of Dataverse: a token, the app's user, and each privilege that it needs, by name."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from shared.dataverse.errors import (
    NOT_A_MEMBER,
    AnsweredError,
    AppRefusedError,
    DataverseError,
    NoTokenError,
)
from shared.domain.finding import Finding, failed, not_checked, ok, warning
from shared.domain.privileges import PRIVILEGES, Privilege
from shared.settings import Reading

TOKEN, USER = "token for Dataverse", "user in Dataverse"
PRIVILEGE_CHECKS = tuple(f"privilege {each.name}" for each in PRIVILEGES)
DATAVERSE_CHECKS = (TOKEN, USER, *PRIVILEGE_CHECKS)

_ASK_FOR_ONE = (
    "Switch on the app's managed identity; for a user-assigned one set AZURE_CLIENT_ID (or"
    " DATAVERSE_CLIENT_ID) to its client id. On a developer's machine sign in (`az login`)."
)
_NO_USER = (
    "Make the identity an application user of this environment (Power Platform admin centre, or"
    " `pac admin assign-user --application-user`), by its client id; see that it is not disabled."
)
_UNAUTHORIZED = (
    "Dataverse takes no token of this identity: compare DATAVERSE_URL with the environment's own"
    " address, and the identity's tenant with the environment's."
)
_AWAY = "Look whether DATAVERSE_URL is right and the app may reach it; ask again in some minutes."
_ROLE = "Give the application user a security role that has {verb} on {table} (docs/deploy.md)."
_BY_HAND = "Compare the application user's security role with docs/deploy.md, “Roles”, by hand."


class Identity(Protocol):
    """What Dataverse knows of the app; every method raises a DataverseError."""

    def prepare(self) -> None: ...

    def who_am_i(self) -> str: ...

    def privileges(self, user: str) -> Mapping[str, str]: ...

    def read_one(self, entity_set: str, column: str) -> None: ...


def check_dataverse(reading: Reading, identity: Callable[[], Identity]) -> Iterator[Finding]:
    """Go from the token to the privileges, and no further than makes sense."""
    if reading.faults_of("DATAVERSE_URL"):
        yield not_checked(TOKEN, "Dataverse's address is not set as it must be; see “settings”.")
        return
    asked = identity()
    try:
        asked.prepare()
    except DataverseError as error:
        yield failed(TOKEN, f"{error}.", _ASK_FOR_ONE)
        return
    yield ok(TOKEN, "One was given.")
    try:
        user = asked.who_am_i()
    except DataverseError as error:
        yield failed(USER, f"WhoAmI: {error}.", _advice(error))
        return
    yield ok(USER, f"Dataverse knows the app as the user {user}.")
    yield from _privileges(asked, user)


def _privileges(asked: Identity, user: str) -> Iterator[Finding]:
    try:
        held = asked.privileges(user)
    except DataverseError as error:
        for privilege in PRIVILEGES:
            yield _tried(privilege, asked, f"The user's privileges cannot be read: {error}.")
        return
    for privilege in PRIVILEGES:
        depth = held.get(privilege.name.lower())
        yield _missing(privilege) if depth is None else ok(_check(privilege), f"Held ({depth}).")


def _missing(privilege: Privilege) -> Finding:
    told = f"The user has it by none of its roles. {privilege.without}"
    advice = _ROLE.format(verb=privilege.verb, table=privilege.table)
    if privilege.documented:
        return failed(_check(privilege), told, advice)
    return warning(_check(privilege), told, f"{advice} If runs start, the name is another here.")


def _tried(privilege: Privilege, asked: Identity, why: str) -> Finding:
    """Try a read, where the list of privileges cannot be had; the rest only a run would show."""
    if privilege.readable is None:
        return not_checked(_check(privilege), why, _BY_HAND)
    try:
        asked.read_one(*privilege.readable)
    except AnsweredError as error:
        told = f"Reading was refused: {error}. {privilege.without}"
        advice = _ROLE.format(verb=privilege.verb, table=privilege.table)
        return failed(_check(privilege), told, advice)
    except DataverseError as error:
        return not_checked(_check(privilege), f"{why} Nor can the table: {error}.", _AWAY)
    return ok(_check(privilege), "A read was let through.")


def _advice(error: DataverseError) -> str:
    if isinstance(error, AppRefusedError):
        member = error.answer.code.lower() != NOT_A_MEMBER
        return _UNAUTHORIZED if member else _NO_USER
    return _ASK_FOR_ONE if isinstance(error, NoTokenError) else _AWAY


def _check(privilege: Privilege) -> str:
    return f"privilege {privilege.name}"
