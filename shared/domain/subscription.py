"""Subscriptions: an address that is told of every end of a run that its filters let through."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from shared.domain.fields import Body, Field
from shared.domain.kinds import Guid, Line
from shared.domain.list_kinds import Several
from shared.domain.request import CONNECTION_NAME_LIMIT
from shared.domain.run import FINAL, Run, RunStatus
from shared.domain.wait_request import NOTIFICATION_URL, notification_field

SUBSCRIPTIONS_LIMIT = 500
"""How many subscriptions an environment has at the most: they are read together."""

GENERATION_BYTES = 10

_ID_BYTES = 20
_NAME = re.compile(r"(?P<id>[0-9a-v]{32})-(?P<generation>[0-9a-v]{16})")
_STATUSES = tuple(status for status in RunStatus if status in FINAL)

SUBSCRIPTION = Body(
    "SubscriptionRequest",
    "a subscription",
    (
        notification_field("the end of each run that it is for is"),
        Field(
            "workflowId",
            Guid(),
            "Desktop Flow",
            "Only runs of this desktop flow; of any, if it is left out.",
            "f091ffab-58bb-4630-a115-659453d56f59",
        ),
        Field(
            "connectionName",
            Line(CONNECTION_NAME_LIMIT),
            "Connection",
            "Only runs on this connection, or with this connection reference; any, if it is left"
            " out.",
            "shared-uiflow-4711",
        ),
        Field(
            "status",
            Several(_STATUSES),
            "Status",
            "Only runs that end in one of these; in any, if it is left out or empty.",
            ["Failed", "TimedOut"],
        ),
    ),
)


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
    read = SUBSCRIPTION.read(body)
    read.check()
    return SubscriptionRequest(
        url=read[NOTIFICATION_URL],
        workflow_id=read["workflowId"],
        connection_name=read["connectionName"],
        statuses=read["status"] or (),
    )
