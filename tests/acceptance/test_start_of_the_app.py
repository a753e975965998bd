"""With a wrong setting nothing is served; a right one needs neither storage nor Dataverse."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from local.parts import FunctionHost
from shared.version import VERSION
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


def serves_nothing(tmp_path: Path, settings: dict[str, str]) -> str:
    """Hold the app to serving nothing but what tells why, and give its log."""
    with FunctionHost(settings, folder=tmp_path) as host:
        client = httpx.Client(
            base_url=f"{host.url}/api",
            headers={"x-functions-key": host.function_key},
            timeout=PATIENCE_SECONDS,
        )
        with client:
            health = client.get("/health")
            assert (health.status_code, health.json()) == (
                503,
                {"status": "Misconfigured", "version": VERSION},
            )
            assert client.post("/runs", json=valid_body()).status_code == 404
            assert client.post(f"/callbacks/x/{'0' * 32}", json={}).status_code == 404
            assert client.get("/console").status_code == 404
            assert client.get("/diagnostics").json()["outcome"] == "Failed"
        log = host.log()
        assert {each["name"] for each in host.functions} == {"get_health", "get_diagnostics"}
    return log


def test_with_wrong_settings_nothing_is_served_and_all_of_them_are_named(tmp_path: Path) -> None:
    wrong = SETTINGS | {"DATAVERSE_URL": "ftp://org", "SUBMISSIONS_PER_WINDOW": "many"}
    log = serves_nothing(tmp_path, wrong)
    assert "DATAVERSE_URL must be https://" in log
    assert "SUBMISSIONS_PER_WINDOW must be a whole number" in log


def test_health_says_that_the_app_lives_and_its_version_to_anybody(tmp_path: Path) -> None:
    """It asks nobody: neither storage nor Dataverse can be reached here."""
    with FunctionHost(SETTINGS, folder=tmp_path, timers=False) as host:
        answer = httpx.get(f"{host.url}/api/health", timeout=PATIENCE_SECONDS)
        keyless = httpx.get(f"{host.url}/api/diagnostics", timeout=PATIENCE_SECONDS)
    assert (answer.status_code, answer.json()) == (200, {"status": "Alive", "version": VERSION})
    assert keyless.status_code == 401


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
def test_with_a_signing_key_that_is_missing_or_short_nothing_is_served(
    tmp_path: Path, keys: dict[str, str], told: str
) -> None:
    """Promise 6: no app runs whose callbacks anybody could sign."""
    assert told in serves_nothing(tmp_path, SETTINGS | keys)


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
