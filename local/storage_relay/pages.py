"""Pages of queries: at most 1,000 entities, often fewer, sometimes none, and always a token.

Facts: Microsoft Learn, "Query timeout and pagination": a query runs at most five seconds and may
cross partitions on different servers, so a page may hold fewer than asked for, even none.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlencode

from local.storage_relay.entities import RefusedError

LARGEST_PAGE = 1_000
SHORT_EVERY, EMPTY_EVERY = 3, 5
_OURS = "relay"


@dataclass(slots=True)
class Pages:
    """Makes every third page short and every fifth empty, so that each test meets both.

    `shapes`: False leaves pages as Azurite makes them, and only refuses what is too large.
    """

    shapes: bool = True
    _asked: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _tokens: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)

    def shape(self, target: str) -> tuple[str, str | None]:
        """Give the target as it goes on to Azurite, or the token of an empty page before it.

        Raises Refused for a page that is too large.
        """
        path, _, query = target.partition("?")
        options = dict(parse_qsl(query, keep_blank_values=True))
        top = int(options.get("$top", LARGEST_PAGE))
        if not 0 < top <= LARGEST_PAGE:
            raise RefusedError(400, "InvalidInput", "$top must be 1 to 1000.")
        if options.get("NextPartitionKey") == _OURS:
            self._go_on(options)
            return _joined(path, options), None
        asked = next(self._asked) if self.shapes else 1
        if self.shapes and asked % EMPTY_EVERY == 0:
            token = str(asked)
            self._tokens[token] = (options.get("NextPartitionKey"), options.get("NextRowKey"))
            return target, token
        if self.shapes and asked % SHORT_EVERY == 0:
            options["$top"] = str(max(1, top // 3))
        return _joined(path, options), None

    @property
    def token_partition(self) -> str:
        return _OURS

    def _go_on(self, options: dict[str, str]) -> None:
        """Put back what the caller would have asked for, had the page before not been empty."""
        before = self._tokens.pop(options.pop("NextRowKey"), (None, None))
        del options["NextPartitionKey"]
        names = ("NextPartitionKey", "NextRowKey")
        options |= {name: value for name, value in zip(names, before, strict=True) if value}


def _joined(path: str, options: dict[str, str]) -> str:
    return f"{path}?{urlencode(options, quote_via=quote, safe='$')}"
