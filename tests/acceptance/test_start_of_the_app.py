"""A wrong setting stops the start, by name; a right one needs neither storage nor Dataverse."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from local.parts import FunctionHost, PartFailedError
from tests.support.broker import valid_body
from tests.support.patience import PATIENCE_SECONDS

UNREACHABLE = "http://127.0.0.1:9"
STORAGE = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=c2VjcmV0;"
    f"QueueEndpoint={UNREACHABLE}/devstoreaccount1;TableEndpoint={UNREACHABLE}/devstoreaccount1;"
)
SETTINGS = {
    "FUNCTIONS_WORKER_RUNTIME": "python",
    "AzureWebJobsStorage": STORAGE,
    "RUN_STORAGE": STORAGE,
    "DATAVERSE_URL": UNREACHABLE,
    "CALLBACK_SIGNING_KEY": "a key of thirty-two bytes, or so",
    "IDENTITY_ENDPOINT": f"{UNREACHABLE}/msi/token",
    "IDENTITY_HEADER": "header",
}


def test_wrong_settings_stop_the_start_and_are_all_named(tmp_path: Path) -> None:
    wrong = SETTINGS | {"DATAVERSE_URL": "ftp://org", "SUBMISSIONS_PER_WINDOW": "many"}
    with pytest.raises(PartFailedError) as caught:
        FunctionHost(wrong, folder=tmp_path).start()
    assert "DATAVERSE_URL must be https://" in caught.value.log_tail
    assert "SUBMISSIONS_PER_WINDOW must be a whole number" in caught.value.log_tail


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"CALLBACK_SIGNING_KEY": ""}, "CALLBACK_SIGNING_KEY is required"),
        ({"CALLBACK_SIGNING_KEY": "k" * 31}, "CALLBACK_SIGNING_KEY must be at least 32 bytes"),
        (
            {"CALLBACK_SIGNING_KEY_PREVIOUS": "k" * 31},
            "CALLBACK_SIGNING_KEY_PREVIOUS must be at least 32 bytes",
        ),
    ],
    ids=["missing", "short", "short previous"],
)
def test_a_signing_key_that_is_missing_or_short_stops_the_start(
    tmp_path: Path, keys: dict[str, str], told: str
) -> None:
    """Promise 6: no app runs whose callbacks anybody could sign."""
    with pytest.raises(PartFailedError) as caught:
        FunctionHost(SETTINGS | keys, folder=tmp_path).start()
    assert told in caught.value.log_tail


def test_while_storage_cannot_be_reached_a_start_is_503_and_says_when_to_try_again(
    tmp_path: Path,
) -> None:
    with FunctionHost(SETTINGS, folder=tmp_path, timers=False) as host:
        headers = {"x-functions-key": host.function_key}
        answer = httpx.post(
            f"{host.url}/api/runs", json=valid_body(), headers=headers, timeout=PATIENCE_SECONDS
        )
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["error"]["code"] == "Unavailable"
    assert "Traceback" not in answer.text
