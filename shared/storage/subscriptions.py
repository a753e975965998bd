"""The subscriptions of an environment: one small partition, which is read as a whole."""

from dataclasses import dataclass

from shared.domain.instants import to_iso, to_iso_if_known
from shared.domain.run import RunStatus
from shared.domain.subscription import Subscription, SubscriptionRequest
from shared.storage import run_parts as parts
from shared.storage import tolerant
from shared.storage.table import (
    ConflictError,
    Delete,
    Entity,
    Insert,
    Operation,
    Replace,
    StorageUnavailableError,
    Table,
    Value,
)

ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class StoredSubscription:
    """A subscription as it was read; what is written of it holds only while `etag` does."""

    subscription: Subscription
    etag: str


class SubscriptionTable:
    """Every method raises StorageUnavailableError, and UnreadableRowError where one row is read."""

    def __init__(self, table: Table, environment: str) -> None:
        self._table = table
        self._partition = f"subscriptions:{environment.lower()}"

    def all(self) -> list[Subscription]:
        """Read all subscriptions that can be read, in one request, as there are at most 500."""
        found = self._table.query(self._partition, "0", "~")
        return [each.subscription for each in tolerant.those(self._partition, found, _stored)]

    def read(self, subscription_id: str) -> StoredSubscription | None:
        found = self._table.get(self._partition, subscription_id)
        return None if found is None else tolerant.one(self._partition, found, _stored)

    def add(self, subscription: Subscription) -> bool:
        """Keep a new subscription; False if there is one of its id already."""
        insert = Insert(subscription.id, _properties(subscription))
        if self._commit(insert):
            return True
        found = self.read(subscription.id)  # the SDK may have repeated what succeeded
        return found is not None and found.subscription.generation == subscription.generation

    def replace(self, stored: StoredSubscription, after: Subscription) -> bool:
        """Write a subscription anew; False if it has changed since it was read."""
        return self._commit(Replace(after.id, _properties(after), stored.etag))

    def remove(self, stored: StoredSubscription) -> bool:
        """Remove a subscription; False if it has changed since it was read."""
        return self._commit(Delete(stored.subscription.id, stored.etag))

    def unsubscribe(self, subscription_id: str, generation: str) -> bool:
        """Remove a subscription, if this request subscribed last; say whether it did."""
        for _ in range(ATTEMPTS):
            found = self.read(subscription_id)
            if found is None or found.subscription.generation != generation:
                return False
            if self.remove(found):
                return True
        raise StorageUnavailableError(f"subscription {subscription_id} changes too often")

    def _commit(self, operation: Operation) -> bool:
        try:
            self._table.commit(self._partition, [operation])
        except ConflictError:
            return False
        return True


def _properties(subscription: Subscription) -> dict[str, Value]:
    request = subscription.request
    properties = {
        "Url": request.url,
        "WorkflowId": request.workflow_id,
        "ConnectionName": request.connection_name,
        "Statuses": ",".join(request.statuses) or None,
        "Generation": subscription.generation,
        "CreatedAt": to_iso(subscription.created_at),
        "LastSuccessAt": to_iso_if_known(subscription.last_success_at),
        "LastFailureAt": to_iso_if_known(subscription.last_failure_at),
        "FailingSince": to_iso_if_known(subscription.failing_since),
        "Error": parts.cut(subscription.error),
    }
    return {name: value for name, value in properties.items() if value is not None}


def _stored(_: str, entity: Entity) -> StoredSubscription:
    get = entity.properties.get
    request = SubscriptionRequest(
        url=str(entity.properties["Url"]),
        workflow_id=parts.text(get("WorkflowId")),
        connection_name=parts.text(get("ConnectionName")),
        statuses=tuple(RunStatus(each) for each in parts.texts(get("Statuses"))),
    )
    subscription = Subscription(
        request=request,
        generation=str(entity.properties["Generation"]),
        created_at=parts.instant_or(get("CreatedAt"), 0),
        last_success_at=parts.instant(get("LastSuccessAt")),
        last_failure_at=parts.instant(get("LastFailureAt")),
        failing_since=parts.instant(get("FailingSince")),
        error=parts.text(get("Error")),
    )
    return StoredSubscription(subscription, entity.etag)
