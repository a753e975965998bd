"""Table Storage as the service would have it: what of a request goes on, and what is refused."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from local.fault_proxy.message import Message
from local.storage_relay.answers import empty_page, refusal, refusal_within_202
from local.storage_relay.entities import Operation, RefusedError, keys_of, operations_of
from local.storage_relay.pages import Pages
from local.storage_relay.rates import BUSY, Rates

_OF_A_PARTITION = re.compile(r"PartitionKey eq '((?:[^']|'')*)'")
_QUERY = re.compile(r"/[A-Za-z]\w*(\(\))?$")


@dataclass(slots=True)
class TableRules:
    """Judges requests to the table service of one account.

    `busy_every`: so many transactions after one another, one is answered with ServerBusy; 0: none.
    """

    pages: Pages = field(default_factory=Pages)
    rates: Rates = field(default_factory=Rates)
    busy_every: int = 0
    _transactions: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def judge(self, request: Message) -> Message:
        """Give the request as it goes on, or the answer that it gets instead (a status line)."""
        path = unquote(request.target.partition("?")[0])
        try:
            if path.endswith("/$batch"):
                return self._transaction(request)
            keys = keys_of(request.target)
            if keys is not None:
                self.rates.check(keys[0])
                Operation(*keys, {}).check()
                self.rates.count(keys[0], 1)
            elif request.method == "GET" and _QUERY.search(path) and not path.endswith("/Tables"):
                return self._query(request)
        except RefusedError as refused:
            return refusal(refused)
        return request

    def heard(self, request: Message, answer: Message) -> None:
        """Take note of how many entities a query has read."""
        partition = _partition_of(request)
        if request.method == "GET" and partition is not None:
            self.rates.count(partition, answer.content.count(b'"RowKey"'))

    def _query(self, request: Message) -> Message:
        partition = _partition_of(request)
        if partition is not None:
            self.rates.check(partition)
        target, token = self.pages.shape(request.target)
        if token is not None:
            return empty_page(self.pages.token_partition, token)
        return _with_target(request, target)

    def _transaction(self, request: Message) -> Message:
        content_type = request.headers.get("content-type", "")
        operations = operations_of(request.content, content_type)
        partition = operations[0].partition
        number = next(self._transactions)
        try:
            self.rates.check(partition)
            if self.busy_every and number % self.busy_every == 0:
                raise BUSY
        except RefusedError as refused:
            return refusal_within_202(refused)
        self.rates.count(partition, len(operations))
        return request


def _partition_of(request: Message) -> str | None:
    found = _OF_A_PARTITION.search(unquote(request.target.replace("+", " ")))
    return None if found is None else found.group(1).replace("''", "'")


def _with_target(request: Message, target: str) -> Message:
    line, _, rest = request.head.partition(b"\r\n")
    method, _, version = line.decode("latin-1").split(" ", 2)
    return replace(request, head=f"{method} {target} {version}\r\n".encode("latin-1") + rest)
