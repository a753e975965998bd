"""host.json, read and checked once: https://learn.microsoft.com/azure/azure-functions/functions-host-json."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.host.errors import HostError

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BATCH = 32
SHORTEST_POLLING_SECONDS = 0.1
TIMESPAN = re.compile(
    r"(?:(?P<days>\d+)\.)?(?P<hours>\d{1,2}):(?P<minutes>[0-5]?\d):(?P<seconds>[0-5]?\d(?:\.\d+)?)"
)
LOG_LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "information": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "none": logging.CRITICAL + 1,
}


@dataclass(frozen=True)
class QueueOptions:
    """`extensions.queues`; times in seconds."""

    batch_size: int = 16
    new_batch_threshold: int = 8
    visibility_timeout: float = 0.0
    max_polling_interval: float = 60.0
    max_dequeue_count: int = 5
    base64: bool = True


@dataclass(frozen=True)
class HostOptions:
    """What the stand-in takes from host.json; `function_timeout` in seconds, None for unlimited."""

    route_prefix: str = "api"
    queues: QueueOptions = QueueOptions()
    function_timeout: float | None = 1800.0
    log_level: int = logging.INFO


def seconds_of(timespan: str) -> float:
    """Seconds of a .NET TimeSpan such as `00:00:02` or `1.00:00:00`; ValueError for others."""
    match = TIMESPAN.fullmatch(timespan)
    if match is None:
        raise ValueError(f"{timespan!r} is not a time span like 00:01:30")
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def read_host_json(path: Path) -> HostOptions:
    """Read host.json; HostError names the entry that is wrong."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise HostError(f"{path} does not exist; every function app has one") from None
    except ValueError as error:
        raise HostError(f"{path} is not JSON: {error}") from None
    try:
        return _host_options(document)
    except (TypeError, ValueError, AttributeError) as error:
        raise HostError(f"{path}: {error}") from None


def _host_options(document: dict[str, Any]) -> HostOptions:
    extensions = document.get("extensions", {})
    timeout = document.get("functionTimeout", "00:30:00")
    level = document.get("logging", {}).get("logLevel", {}).get("default", "Information")
    if level.lower() not in LOG_LEVELS:
        raise ValueError(f"logging.logLevel.default must be one of {', '.join(LOG_LEVELS)}")
    return HostOptions(
        route_prefix=extensions.get("http", {}).get("routePrefix", "api").strip("/"),
        queues=_queue_options(extensions.get("queues", {})),
        function_timeout=None if timeout in ("-1", None) else seconds_of(timeout),
        log_level=LOG_LEVELS[level.lower()],
    )


def _queue_options(entries: dict[str, Any]) -> QueueOptions:
    batch_size = entries.get("batchSize", 16)
    threshold = entries.get("newBatchThreshold", batch_size // 2)
    polling = seconds_of(entries.get("maxPollingInterval", "00:01:00"))
    dequeue_count = entries.get("maxDequeueCount", 5)
    encoding = entries.get("messageEncoding", "base64").lower()
    rules = {
        f"batchSize must be 1 to {LARGEST_BATCH}": 1 <= batch_size <= LARGEST_BATCH,
        "newBatchThreshold must be 0 or more": threshold >= 0,
        "maxPollingInterval must be 00:00:00.100 or more": polling >= SHORTEST_POLLING_SECONDS,
        "maxDequeueCount must be 1 or more": dequeue_count >= 1,
        "messageEncoding must be base64 or none": encoding in ("base64", "none"),
    }
    for rule, holds in rules.items():
        if not holds:
            raise ValueError(f"extensions.queues.{rule}")
    return QueueOptions(
        batch_size=batch_size,
        new_batch_threshold=threshold,
        visibility_timeout=seconds_of(entries.get("visibilityTimeout", "00:00:00")),
        max_polling_interval=polling,
        max_dequeue_count=dequeue_count,
        base64=encoding == "base64",
    )
