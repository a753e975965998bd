"""host.json and app settings, as the stand-in host reads them."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from local.host.app_settings import apply_local_settings, queue_service, resolve
from local.host.errors import HostError
from local.host.host_json import HostOptions, QueueOptions, read_host_json, seconds_of

if TYPE_CHECKING:
    from pathlib import Path


def test_what_host_json_leaves_out_has_azures_defaults(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    assert read_host_json(tmp_path / "host.json") == HostOptions(
        route_prefix="api",
        queues=QueueOptions(
            batch_size=16,
            new_batch_threshold=8,
            visibility_timeout=0,
            max_polling_interval=60,
            max_dequeue_count=5,
            base64=True,
        ),
        function_timeout=1800,
        log_level=logging.INFO,
    )


def test_the_batch_threshold_follows_the_batch_size(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_text('{"extensions": {"queues": {"batchSize": 4}}}')
    assert read_host_json(tmp_path / "host.json").queues.new_batch_threshold == 2


@pytest.mark.parametrize(
    "entries",
    [
        {"extensions": {"queues": {"batchSize": 0}}},
        {"extensions": {"queues": {"batchSize": "16"}}},
        {"extensions": {"queues": {"maxDequeueCount": 0}}},
        {"extensions": {"queues": {"maxPollingInterval": "2 s"}}},
        {"extensions": {"queues": {"maxPollingInterval": "00:00:00.050"}}},
        {"extensions": {"queues": {"messageEncoding": "hex"}}},
        {"functionTimeout": "10 minutes"},
        {"logging": {"logLevel": {"default": "Loud"}}},
        [],
    ],
)
def test_a_wrong_entry_is_refused(tmp_path: Path, entries: Any) -> None:
    (tmp_path / "host.json").write_text(json.dumps(entries))
    with pytest.raises(HostError):
        read_host_json(tmp_path / "host.json")


@pytest.mark.parametrize(
    ("timespan", "seconds"),
    [("00:00:02", 2), ("00:00:00.250", 0.25), ("01:30:00", 5400), ("2.00:00:01", 172801)],
)
def test_a_time_span_is_read_in_seconds(timespan: str, seconds: float) -> None:
    assert seconds_of(timespan) == seconds


def test_the_real_environment_wins_over_local_settings(tmp_path: Path) -> None:
    path = tmp_path / "local.settings.json"
    path.write_text('{"Values": {"ONE": "file", "TWO": "file"}}')
    environment = {"ONE": "real"}
    apply_local_settings(path, environment)
    assert environment == {"ONE": "real", "TWO": "file"}


def test_names_between_percent_signs_are_app_settings() -> None:
    assert resolve("%A%-%B%", {"A": "one", "B": "two"}, where="function f") == "one-two"


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({"X": "UseDevelopmentStorage=true"}, "http://127.0.0.1:10001/devstoreaccount1/"),
        ({"X__queueServiceUri": "https://q.example"}, "https://q.example/"),
        ({"X__accountName": "acc"}, "https://acc.queue.core.windows.net/"),
        (
            {"X__accountName": "acc", "AzureWebJobsX__accountName": "first"},
            "https://first.queue.core.windows.net/",
        ),
    ],
)
def test_a_connection_is_a_string_or_an_address_with_an_identity(
    settings: dict[str, str], url: str
) -> None:
    with queue_service("X", settings, where="function f") as service:
        assert service.url == url
