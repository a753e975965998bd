"""Azure Table Storage behind the Table protocol; the table is made when it is first missed."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NoReturn

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
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
    StorageRefusedError,
    StorageUnavailableError,
    Value,
)

_CONFLICTS = frozenset({404, 409, 412})
_REFUSALS = frozenset({400, 413})
_KEYS = frozenset({"PartitionKey", "RowKey"})


class AzureTable:
    """One table; safe to use from several threads."""

    def __init__(self, service: TableServiceClient, name: str) -> None:
        self._service = service
        self._name = name
        self._client: TableClient = service.get_table_client(name)

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
                results_per_page=limit,
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
            answers = self._submit(requests)
        except _NoTableError:
            self._create()
            answers = self._submit(requests)
        pairs = zip(operations, answers, strict=True)
        return {each.row: answer["etag"] for each, answer in pairs if answer.get("etag")}

    def _submit(self, requests: Sequence[Any]) -> Sequence[Mapping[str, Any]]:
        try:
            return self._client.submit_transaction(requests)
        except HttpResponseError as error:
            if getattr(error, "error_code", None) == TableErrorCode.TABLE_NOT_FOUND:
                raise _NoTableError(_told(error)) from error
            if error.status_code in _CONFLICTS:
                raise ConflictError(_told(error)) from error
            if error.status_code in _REFUSALS:
                raise StorageRefusedError(_told(error)) from error
            _unavailable(error)
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
            options = {"mode": UpdateMode.REPLACE} | _if_unchanged(etag)
            return ("update", keys | dict(properties), options)
        case Merge(properties=properties):
            return ("update", keys | dict(properties), {"mode": UpdateMode.MERGE})
        case Delete(etag=str(etag)):
            return ("delete", keys, _if_unchanged(etag))
        case Delete():
            return ("delete", keys)


def _if_unchanged(etag: str) -> dict[str, Any]:
    return {"etag": etag, "match_condition": MatchConditions.IfNotModified}
