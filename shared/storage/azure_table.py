"""Azure Table Storage behind the Table protocol; the table is made when it is first missed."""

import random
import time
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NoReturn

from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    HttpResponseError,
    ResourceNotFoundError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.data.tables import (
    TableClient,
    TableEntity,
    TableErrorCode,
    TableServiceClient,
    UpdateMode,
)
from requests import RequestException

from shared.domain.telling import told
from shared.storage.table import (
    TRANSACTION_LIMIT,
    ConflictError,
    Delete,
    Entity,
    Insert,
    Merge,
    Operation,
    Replace,
    StorageError,
    StorageRefusedError,
    StorageUnavailableError,
    Upsert,
    Value,
)

PAGE_LIMIT = 1_000
"""Asking for a larger page is answered 400 (Microsoft Learn, "Query timeout and pagination")."""

BUSY_PAUSES = (0.2, 0.8, 2.0)
"""How long to wait, in seconds, before a transaction is repeated that was refused as busy.

The SDK repeats by the outer status alone, and a transaction's is 202 whatever is within.
"""

LOST_PAUSES = (0.0, 0.2)
"""How long before a transaction is repeated whose connection ended without an answer.

A service ends connections that were idle, and does so while a request is under way to it. The SDK
repeats single requests; a transaction is a POST to it, which it does not repeat (azure-core 1.x,
RetryPolicy's list of methods).
"""

_BUSY = frozenset({"ServerBusy", "OperationTimedOut"})
_CONFLICTS = frozenset({404, 409, 412})
_REFUSALS = frozenset({400, 413})
_KEYS = frozenset({"PartitionKey", "RowKey"})


class AzureTable:
    """One table; safe to use from several threads."""

    def __init__(self, service: TableServiceClient, name: str) -> None:
        self._service = service
        self._name = name
        self._client: TableClient = service.get_table_client(name)

    @property
    def address(self) -> str:
        """Give the table service's address; what a connection string signs may stand behind it."""
        return self._service.url

    def get(self, partition: str, row: str) -> Entity | None:
        try:
            return _entity(self._client.get_entity(partition, row))
        except ResourceNotFoundError:
            return None
        except AzureError as error:
            _unavailable(error)

    def query(
        self, partition: str, after: str, before: str, *, limit: int | None = None
    ) -> list[Entity]:
        try:
            found = self._client.query_entities(
                "PartitionKey eq @partition and RowKey gt @after and RowKey lt @before",
                parameters={"partition": partition, "after": after, "before": before},
                results_per_page=None if limit is None else min(limit, PAGE_LIMIT),
            )
            return [_entity(entity) for entity in islice(found, limit)]
        except ResourceNotFoundError:
            return []  # the table is not made yet
        except AzureError as error:
            _unavailable(error)

    def commit(self, partition: str, operations: Sequence[Operation]) -> Mapping[str, str]:
        if not 0 < len(operations) <= TRANSACTION_LIMIT:
            limit = f"a transaction has 1 to {TRANSACTION_LIMIT} operations"
            raise StorageRefusedError(f"table storage: {limit}, not {len(operations)}")
        requests = [_request(partition, operation) for operation in operations]
        try:
            answers = self._submit_patiently(requests)
        except _NoTableError:
            self._create()
            answers = self._submit_patiently(requests)
        pairs = zip(operations, answers, strict=True)
        return {each.row: answer["etag"] for each, answer in pairs if answer.get("etag")}

    def _submit_patiently(self, requests: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
        """Repeat what was refused as busy or got lost, as the SDK does with single requests.

        One that was lost may have been done: then its repeat is a conflict, which is looked into.
        """
        pauses = {_BusyError: iter(BUSY_PAUSES), _LostError: iter(LOST_PAUSES)}
        while True:
            try:
                return self._submit(requests)
            except (_BusyError, _LostError) as error:
                pause = next(pauses[type(error)], None)
                if pause is None:
                    raise
                time.sleep(pause * (0.5 + random.random()))  # noqa: S311 - spreads the repeats

    def _submit(self, requests: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
        try:
            return self._client.submit_transaction(requests)
        except HttpResponseError as error:
            raise _refusal(error) from error
        except ServiceResponseError as error:
            if isinstance(error, ServiceResponseTimeoutError):
                _unavailable(error)
            raise _LostError(_told(error)) from error
        except AzureError as error:
            _unavailable(error)
        except RequestException as error:
            # An answer that breaks off amid its body: of a transaction's the SDK lets this through.
            raise StorageUnavailableError(f"table storage: {told(error)}") from error
        except (TypeError, ValueError) as error:
            # The SDK's own checks of what it is to send.
            raise StorageRefusedError(f"table storage: {told(error.__cause__ or error)}") from error

    def _create(self) -> None:
        try:
            self._service.create_table_if_not_exists(self._name)
        except AzureError as error:
            _unavailable(error)


class _NoTableError(StorageUnavailableError):
    """The table does not exist, or is being deleted."""


class _LostError(StorageUnavailableError):
    """The connection ended before the answer: the transaction may have been done or not."""


class _BusyError(StorageUnavailableError):
    """The service has too much to do; within a transaction's 202 the SDK does not see it."""


def _refusal(error: HttpResponseError) -> StorageError:
    """Tell by its code, and by its status, what a transaction was refused for."""
    code = getattr(error, "error_code", None)
    if code == TableErrorCode.TABLE_NOT_FOUND:
        return _NoTableError(_told(error))
    if code in _BUSY:
        return _BusyError(_told(error))
    if error.status_code in _CONFLICTS:
        return ConflictError(_told(error))
    if error.status_code in _REFUSALS:
        return StorageRefusedError(_told(error))
    return StorageUnavailableError(_told(error))


def _unavailable(error: AzureError) -> NoReturn:
    raise StorageUnavailableError(_told(error)) from error


def _told(error: AzureError) -> str:
    return f"table storage: {told(error)}"


def _entity(entity: TableEntity) -> Entity:
    properties: dict[str, Value] = {
        name: value for name, value in entity.items() if name not in _KEYS
    }
    return Entity(entity["RowKey"], properties, entity.metadata["etag"] or "")


def _request(partition: str, operation: Operation) -> Any:
    keys: dict[str, Value] = {"PartitionKey": partition, "RowKey": operation.row}
    match operation:
        case Insert(properties=properties):
            return ("create", keys | dict(properties))
        case Replace(properties=properties, etag=etag):
            condition = {} if etag is None else _if_unchanged(etag)  # without: if it exists
            return ("update", keys | dict(properties), {"mode": UpdateMode.REPLACE} | condition)
        case Upsert(properties=properties):
            return ("upsert", keys | dict(properties), {"mode": UpdateMode.REPLACE})
        case Merge(properties=properties):
            return ("update", keys | dict(properties), {"mode": UpdateMode.MERGE})
        case Delete(etag=str(etag)):
            return ("delete", keys, _if_unchanged(etag))
        case Delete():
            return ("delete", keys)


def _if_unchanged(etag: str) -> dict[str, Any]:
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}
