"""Subscriptions: an address that is told of every end of a run that its filters let through."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.guids import read_guid
from shared.domain.request import CONNECTION_NAME_LIMIT
from shared.domain.run import FINAL, Run, RunStatus
from shared.domain.wait_request import NOTIFICATION_URL, read_url

SUBSCRIPTIONS_LIMIT = 500
"""How many subscriptions an environment has at the most: they are read together."""

GENERATION_BYTES = 10

FIELDS = (NOTIFICATION_URL, "workflowId", "connectionName", "status")

_ID_BYTES = 20
_STRANGE_FIELDS_TOLD = 20
_NAME = re.compile(r"(?P<id>[0-9a-v]{32})-(?P<generation>[0-9a-v]{16})")
_STATUSES = tuple(status for status in RunStatus if status in FINAL)


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """Which ends are told, and where. A filter that is None or empty lets all through.

    `connection_name`: a connection's, or the reference's that the start named.
    """

    url: str
    workflow_id: str | None = None
    connection_name: str | None = None
    statuses: tuple[RunStatus, ...] = ()

    @property
    def id(self) -> str:
        """Name the address with its filters, and no other: 32 characters, by a digest."""
        name = None if self.connection_name is None else self.connection_name.casefold()
        said = json.dumps([self.url, self.workflow_id, name, sorted(self.statuses)])
        digest = hashlib.sha256(said.encode()).digest()[:_ID_BYTES]
        return base64.b32hexencode(digest).decode().lower()

    def wants(self, run: Run) -> bool:
        """Say whether the end of this run is told."""
        names = {run.request.connection_name, run.known_connection or ""}
        return (
            self.workflow_id in (None, run.request.workflow_id)
            and (not self.statuses or run.status in self.statuses)
            and (
                self.connection_name is None
                or self.connection_name.casefold() in {each.casefold() for each in names}
            )
        )


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody who listens. Times in ms since the epoch.

    `generation`: names the request that subscribed last; its `Location` alone unsubscribes.
    `failing_since`: when the first attempt failed after which none has succeeded; `error`: why the
    last one failed.
    """

    request: SubscriptionRequest
    generation: str
    created_at: int
    last_success_at: int | None = None
    last_failure_at: int | None = None
    failing_since: int | None = None
    error: str | None = None

    @property
    def id(self) -> str:
        return self.request.id

    @property
    def name(self) -> str:
        """Name it as it is unsubscribed."""
        return subscription_name(self.id, self.generation)


def new_generation(randomness: bytes) -> str:
    """Name a request that subscribes, by GENERATION_BYTES random bytes."""
    return base64.b32hexencode(randomness).decode().lower()


def subscription_name(subscription_id: str, generation: str) -> str:
    return f"{subscription_id}-{generation}"


def read_subscription_name(text: str) -> tuple[str, str] | None:
    """Read the id and the generation of a subscription from its name."""
    found = _NAME.fullmatch(text)
    return None if found is None else (found.group("id"), found.group("generation"))


def validate_subscription(body: Any) -> SubscriptionRequest:
    """Read the JSON value of a request; raises InvalidRequestError with every fault."""
    if not isinstance(body, dict):
        raise InvalidRequestError(Fault("body", "InvalidBody", "must be a JSON object"))
    faults: list[Fault] = []
    request = SubscriptionRequest(
        url=read_url(body, faults),
        workflow_id=_workflow_id(body, faults),
        connection_name=_connection_name(body, faults),
        statuses=_statuses(body, faults),
    )
    message = f"is not a field of a subscription; these are: {', '.join(FIELDS)}"
    strange = [name for name in body if name not in FIELDS][:_STRANGE_FIELDS_TOLD]
    faults += [Fault(name[:100] or '""', "UnknownField", message) for name in strange]
    if faults:
        raise InvalidRequestError(*faults)
    return request


def _workflow_id(body: Mapping[str, Any], faults: list[Fault]) -> str | None:
    value = body.get("workflowId")
    if value is not None and read_guid(value) is None:
        must = "must be a GUID, such as 00000000-0000-0000-0000-000000000000"
        faults.append(Fault("workflowId", "InvalidValue", must))
    return read_guid(value)


def _connection_name(body: Mapping[str, Any], faults: list[Fault]) -> str | None:
    value = body.get("connectionName")
    if value is None:
        return None
    if (
        not isinstance(value, str)
        or not 0 < len(value) <= CONNECTION_NAME_LIMIT
        or value != value.strip()
        or not value.isprintable()
    ):
        must = (
            f"must be a string of 1 to {CONNECTION_NAME_LIMIT:,} printable characters"
            " that neither begins nor ends with a space"
        )
        faults.append(Fault("connectionName", "InvalidValue", must))
        return None
    return value


def _statuses(body: Mapping[str, Any], faults: list[Fault]) -> tuple[RunStatus, ...]:
    value = body.get("status")
    if value is None:
        return ()
    if not isinstance(value, list) or any(each not in list(_STATUSES) for each in value):
        must = f"must be a list of statuses in which a run ends: {', '.join(_STATUSES)}"
        faults.append(Fault("status", "InvalidValue", must))
        return ()
    return tuple(status for status in _STATUSES if status in value)
