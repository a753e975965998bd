"""Settings: read once, and every wrong one told by name with what it must be."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import ClassVar

import pytest

from shared.domain.protection import Protection
from shared.run_storage import DEVELOPMENT_STORAGE
from shared.settings import InvalidSettingsError, read
from shared.settings_reader import SAMPLE_SIGNING_KEY

REPOSITORY = Path(__file__).resolve().parents[2]
KEY = "a key of thirty-two bytes, or so"
STORAGE = "DefaultEndpointsProtocol=https;AccountName=runs;AccountKey=c2VjcmV0;"
AZURE = {
    "DATAVERSE_URL": "https://org.crm4.dynamics.com",
    "CALLBACK_SIGNING_KEY": KEY,
    "RUN_STORAGE": STORAGE,
    "WEBSITE_HOSTNAME": "broker.azurewebsites.net",
}
LOCAL = AZURE | {"DATAVERSE_URL": "http://127.0.0.1:8900"}


def faults_of(environ: dict[str, str]) -> str:
    with pytest.raises(InvalidSettingsError) as caught:
        read(environ)
    return str(caught.value)


def test_what_is_required_suffices_and_the_rest_has_its_documented_default() -> None:
    settings = read(AZURE)
    assert settings.dataverse_url == "https://org.crm4.dynamics.com"
    assert settings.environment == "org.crm4.dynamics.com"
    assert settings.callback_base == "https://broker.azurewebsites.net"
    assert settings.table == "DesktopFlowRuns"
    assert (settings.pace.limit, settings.pace.window) == (70, 60_000)
    assert (settings.pace.deadline, settings.pace.margin) == (100_000, 250)
    assert (settings.polling.first, settings.polling.last) == (120_000, 600_000)
    assert (settings.concurrency, settings.confirm_absent_ms) == (48, 150_000)
    assert settings.sweep_schedule == "0 * * * * *"
    assert settings.retention_schedule == "0 0 3 * * *"
    assert (settings.retention_ms, settings.keep_inputs) == (30 * 24 * 3600 * 1000, False)
    assert (settings.notify_secrets, settings.private_hosts) == ((), frozenset())
    assert (settings.public_base, settings.trust_forwarded_host) == (None, False)
    assert settings.read_only_keys == frozenset()


def test_all_that_is_missing_is_told_at_once() -> None:
    told = faults_of({})
    for name in ("DATAVERSE_URL", "CALLBACK_SIGNING_KEY", "RUN_STORAGE"):
        assert f"{name} is required" in told


def test_an_empty_setting_is_not_set() -> None:
    assert "DATAVERSE_URL is required" in faults_of(AZURE | {"DATAVERSE_URL": " "})
    assert read(AZURE | {"SUBMISSION_CONCURRENCY": ""}).concurrency == 48


@pytest.mark.parametrize(
    ("name", "value", "must"),
    [
        ("DATAVERSE_URL", "http://org.crm4.dynamics.com", "must be https://"),
        ("DATAVERSE_URL", "https://org.crm4.dynamics.com/api/data/v9.2", "nothing more"),
        ("DATAVERSE_URL", "https://user:secret@org.crm4.dynamics.com", "nothing more"),
        ("DATAVERSE_URL", "org.crm4.dynamics.com", "must be https://"),
        ("CALLBACK_BASE_URL", "http://broker.example.com", "must be HTTPS"),
        ("CALLBACK_BASE_URL", "https://10.0.0.1", "DNS name"),
        ("CALLBACK_BASE_URL", "https://localhost:7071", "DNS name"),
        ("CALLBACK_BASE_URL", "https://broker.example.com/api", "without /api"),
        ("CALLBACK_BASE_URL", "https://broker.example.com?code=1", "must be the address"),
        ("CALLBACK_BASE_URL", "broker.example.com", "must be the address"),
        ("CALLBACK_MARKER_HOST", "https://marks.invalid", "must be a DNS name"),
        ("CALLBACK_MARKER_HOST", "10.0.0.1", "must be a DNS name"),
        ("CALLBACK_MARKER_HOST", "localhost", "must be a DNS name"),
        ("CALLBACK_SIGNING_KEY", "k" * 31, "at least 32 bytes"),
        ("CALLBACK_SIGNING_KEY_PREVIOUS", "short", "at least 32 bytes"),
        ("CALLBACK_SIGNING_KEY", SAMPLE_SIGNING_KEY, "of your own"),
        ("RUN_STORAGE", "https://runs.table.core.windows.net", "connection string"),
        ("RUN_TABLE", "desktop-flow-runs", "letters and digits"),
        ("RUN_TABLE", "tables", "letters and digits"),
        ("SUBMISSIONS_PER_WINDOW", "0", "from 1 to 1,000"),
        ("SUBMISSIONS_PER_WINDOW", "seventy", "from 1 to 1,000"),
        ("SUBMISSION_WINDOW_SECONDS", "-1", "from 1 to 3,600"),
        ("SUBMISSION_WINDOW_SECONDS", "6.5", "from 1 to 3,600"),
        ("CLOCK_SKEW_MARGIN_MS", "10001", "from 0 to 10,000"),
        ("SUBMISSION_DEADLINE_SECONDS", "4", "from 5 to 200"),
        ("SUBMISSION_CONCURRENCY", "65", "from 1 to 64"),
        ("USER_CALLS_AT_ONCE", "0", "from 1 to 1,000"),
        ("USER_REQUESTS_PER_WINDOW", "9", "from 10 to 10,000,000"),
        ("USER_EXECUTION_SECONDS_PER_WINDOW", "x", "from 1 to 1,000,000"),
        ("USER_WINDOW_SECONDS", "3601", "from 1 to 3,600"),
        ("CONFIRM_ABSENT_SECONDS", "0", "from 1 to 86,400"),
        ("LAST_POLL_SECONDS", "60", "no less than FIRST_POLL_SECONDS"),
        ("SWEEP_SCHEDULE", "* * * * *", "six NCRONTAB fields"),
        ("RETENTION_SCHEDULE", "every day at three o'clock", "six NCRONTAB fields"),
        ("RETENTION_DAYS", "x", "from 1 to 3,650"),
        ("KEEP_INPUTS", "yes", "true or false"),
        ("PUBLIC_BASE_URL", "http://gate.example.com", "must be https://"),
        ("PUBLIC_BASE_URL", "https://gate.example.com/broker/api/", "without /api"),
        ("PUBLIC_BASE_URL", "https://gate.example.com?code=1", "must be https://"),
        ("PUBLIC_BASE_URL", "https://gate.example.com/#broker", "must be https://"),
        ("PUBLIC_BASE_URL", "https://user@gate.example.com", "must be https://"),
        ("PUBLIC_BASE_URL", "https://gate.example.com/brök er", "must be https://"),
        ("PUBLIC_BASE_URL", "https://gäte.example.com", "must be https://"),
        ("PUBLIC_BASE_URL", "gate.example.com", "must be https://"),
        ("PUBLIC_BASE_URL", "https://", "must be https://"),
        ("TRUST_FORWARDED_HOST", "gate.example.com", "true or false"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_must_be(name: str, value: str, must: str) -> None:
    told = faults_of(AZURE | {name: value})
    assert told.startswith(name)
    assert must in told


def test_no_value_is_ever_told_because_it_may_be_a_secret() -> None:
    told = faults_of(AZURE | {"CALLBACK_SIGNING_KEY": "hush-hush", "RUN_STORAGE": "hush-hush"})
    assert "hush-hush" not in told
    assert "hush-hush" not in repr(
        read(AZURE | {"CALLBACK_SIGNING_KEY": "hush-hush and some more, to be long"})
    )


def test_the_users_limits_are_those_that_are_documented_unless_others_are_known() -> None:
    assert read(AZURE).policy.protection == Protection(52, 6_000, 1_200.0, 300.0)
    raised = AZURE | {"USER_CALLS_AT_ONCE": "100", "USER_REQUESTS_PER_WINDOW": "8000"}
    assert read(raised).policy.protection == Protection(100, 8_000, 1_200.0, 300.0)


@pytest.mark.parametrize(
    "url", ["http://localhost:8900", "http://127.0.0.1:8900/", "http://[::1]:1"]
)
def test_dataverse_may_be_plain_http_on_loopback(url: str) -> None:
    assert read(AZURE | {"DATAVERSE_URL": url}).dataverse_url == url.rstrip("/")


def test_any_callback_address_goes_when_dataverse_is_on_loopback() -> None:
    settings = read(LOCAL | {"CALLBACK_BASE_URL": "http://127.0.0.1:7071/"})
    assert settings.callback_base == "http://127.0.0.1:7071"


def test_an_empty_callback_address_means_polling_only() -> None:
    """Then a look is all that tells of an end, and the first comes sooner."""
    settings = read(AZURE | {"CALLBACK_BASE_URL": ""})
    assert settings.callback_base is None
    assert (settings.polling.first, settings.polling.last) == (30_000, 600_000)
    asked_for = read(AZURE | {"CALLBACK_BASE_URL": "", "FIRST_POLL_SECONDS": "90"})
    assert asked_for.polling.first == 90_000


def test_without_a_public_address_urls_mark_sessions_all_the_same() -> None:
    assert read(AZURE).marker_base == "https://desktop-flow-broker.invalid"
    other = read(AZURE | {"CALLBACK_MARKER_HOST": "Marks.Example.INVALID"})
    assert other.marker_base == "https://marks.example.invalid"
    assert read(AZURE | {"CALLBACK_MARKER_HOST": ""}).marker_base is None


def test_without_a_public_host_name_there_are_no_callbacks() -> None:
    assert read(AZURE | {"WEBSITE_HOSTNAME": "localhost:7071"}).callback_base is None


def test_a_callback_address_may_have_a_path_before_api() -> None:
    settings = read(AZURE | {"CALLBACK_BASE_URL": "https://Gate.example.com/broker/"})
    assert settings.callback_base == "https://gate.example.com/broker"


@pytest.mark.parametrize(
    ("value", "base"),
    [
        ("https://Gate.example.com", "https://gate.example.com"),
        ("https://gate.example.com:8443/Broker/v1/", "https://gate.example.com:8443/Broker/v1"),
        ("https://10.0.0.1/api/broker", "https://10.0.0.1/api/broker"),
        ("http://127.0.0.1:7071/", "http://127.0.0.1:7071"),
        ("http://localhost", "http://localhost"),
        ("", None),
    ],
)
def test_a_public_address_is_what_stands_before_api_in_links(value: str, base: str | None) -> None:
    """It need not be one that Dataverse could call: callers may be inside of a network."""
    settings = read(AZURE | {"PUBLIC_BASE_URL": value, "TRUST_FORWARDED_HOST": "true"})
    assert (settings.public_base, settings.trust_forwarded_host) == (base, True)


def test_the_previous_signing_key_is_accepted_too_and_comes_second() -> None:
    settings = read(AZURE | {"CALLBACK_SIGNING_KEY_PREVIOUS": f"before {KEY}"})
    assert settings.signing_keys == (KEY.encode(), f"before {KEY}".encode())


def test_notifications_are_signed_with_keys_in_the_form_of_standard_webhooks() -> None:
    first, second = (base64.b64encode(each * 24).decode() for each in (b"a", b"b"))
    settings = read(
        AZURE
        | {"NOTIFY_SIGNING_SECRET": f"whsec_{first}", "NOTIFY_SIGNING_SECRET_PREVIOUS": second}
    )
    assert settings.notify_secrets == (b"a" * 24, b"b" * 24)
    assert settings.destinations.enabled


@pytest.mark.parametrize("secret", ["whsec_", "short", "whsec_" + "A" * 31, "A" * 100, "whsec_é"])
def test_a_notification_key_of_another_length_or_form_stops_the_start(secret: str) -> None:
    told = faults_of(AZURE | {"NOTIFY_SIGNING_SECRET": secret})
    assert "NOTIFY_SIGNING_SECRET must be whsec_" in told


def test_a_previous_notification_key_alone_stops_the_start() -> None:
    secret = base64.b64encode(b"a" * 24).decode()
    told = faults_of(AZURE | {"NOTIFY_SIGNING_SECRET_PREVIOUS": secret})
    assert "NOTIFY_SIGNING_SECRET is required" in told


def test_private_hosts_are_names_with_or_without_a_port() -> None:
    settings = read(AZURE | {"NOTIFY_PRIVATE_HOSTS": "Hooks.corp.example, 10.0.0.4:8443,"})
    assert settings.private_hosts == {"hooks.corp.example", "10.0.0.4:8443"}
    told = faults_of(AZURE | {"NOTIFY_PRIVATE_HOSTS": "https://hooks.example/"})
    assert "NOTIFY_PRIVATE_HOSTS must be" in told


def test_keys_that_may_only_read_are_named_by_their_digests() -> None:
    settings = read(AZURE | {"READ_ONLY_KEYS": f" {'0A' * 32},{'b' * 64} ,"})
    assert settings.read_only_keys == {"0a" * 32, "b" * 64}


@pytest.mark.parametrize("value", ["a key itself", "0a" * 31, f"{'0a' * 32} {'0b' * 32}", "é" * 64])
def test_a_digest_of_another_shape_stops_the_start_and_is_not_told(value: str) -> None:
    """A key that was written there itself would be no secret any more, and be kept from nothing."""
    told = faults_of(AZURE | {"READ_ONLY_KEYS": value})
    assert "READ_ONLY_KEYS must be SHA-256 digests" in told
    assert value not in told


def test_the_storage_emulator_is_known_by_its_short_name() -> None:
    storage = read(AZURE | {"RUN_STORAGE": "UseDevelopmentStorage=true"}).storage
    assert storage.connection_string == DEVELOPMENT_STORAGE


def test_storage_may_be_two_addresses_and_the_apps_identity() -> None:
    environ = {name: value for name, value in AZURE.items() if name != "RUN_STORAGE"} | {
        "RUN_STORAGE__tableServiceUri": "https://runs.table.core.windows.net",
        "RUN_STORAGE__queueServiceUri": "https://runs.queue.core.windows.net",
        "RUN_STORAGE__credential": "managedidentity",
        "RUN_STORAGE__clientId": "1d3b2a6e-0000-0000-0000-000000000000",
    }
    storage = read(environ).storage
    assert storage.connection_string is None
    assert storage.table_url == "https://runs.table.core.windows.net"
    assert storage.client_id == "1d3b2a6e-0000-0000-0000-000000000000"


@pytest.mark.parametrize("name", ["CALLBACK_SIGNING_KEY", "RUN_STORAGE", "DATAVERSE_URL"])
@pytest.mark.parametrize(
    "value",
    [
        "@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/key)",
        " @microsoft.keyvault(VaultName=v;SecretName=s)",
        "@Microsoft.AppConfiguration(Endpoint=https://x.azconfig.io; Key=k)",
    ],
)
def test_a_reference_that_was_not_resolved_is_no_value(name: str, value: str) -> None:
    """Azure hands it over as it stands: its text became the signing key."""
    told = faults_of(AZURE | {name: value})
    assert f"{name} is a reference that was not resolved" in told
    assert "vault.example" not in told


@pytest.mark.parametrize("name", ["CALLBACK_SIGNING_KEY", "RUN_STORAGE", "AZURE_CLIENT_ID"])
@pytest.mark.parametrize("value", ["<your key here>", "{{key}}", "${KEY}", "%KEY%"])
def test_a_placeholder_is_no_value(name: str, value: str) -> None:
    assert f"{name} holds a placeholder" in faults_of(AZURE | {name: value})


@pytest.mark.parametrize("key", ["k" * 64, "0123" * 10, "password-" * 5, "01" * 20 + "0"])
def test_a_key_that_repeats_itself_is_not_random(key: str) -> None:
    for name in ("CALLBACK_SIGNING_KEY", "CALLBACK_SIGNING_KEY_PREVIOUS"):
        assert f"{name} must be random" in faults_of(AZURE | {name: key})


@pytest.mark.parametrize(
    "key",
    ["0d8e22fa016e31fe97ec20b67c803e73", "BYzsh2HtymvBk4V4MfnpbiHKqgvpD12MeWaOUgyCKRg", KEY],
)
def test_any_random_key_is_taken(key: str) -> None:
    assert read(AZURE | {"CALLBACK_SIGNING_KEY": key}).signing_keys == (key.encode(),)


class TestIdentity:
    """The app and the host come to the same identity from the same settings."""

    addresses: ClassVar = {
        "RUN_STORAGE": "",
        "RUN_STORAGE__tableServiceUri": "https://runs.table.core.windows.net",
        "RUN_STORAGE__queueServiceUri": "https://runs.queue.core.windows.net",
    }

    @pytest.mark.parametrize(
        ("settings", "storage", "dataverse"),
        [
            ({}, None, None),
            ({"AZURE_CLIENT_ID": "a"}, "a", "a"),
            ({"RUN_STORAGE__credential": "managedidentity"}, None, None),
            (
                {"RUN_STORAGE__credential": "managedidentity", "AZURE_CLIENT_ID": "a"},
                None,
                "a",
            ),
            (
                {
                    "RUN_STORAGE__credential": "ManagedIdentity",
                    "RUN_STORAGE__clientId": "s",
                    "AZURE_CLIENT_ID": "a",
                },
                "s",
                "a",
            ),
            ({"AZURE_CLIENT_ID": "a", "DATAVERSE_CLIENT_ID": "d"}, "a", "d"),
        ],
    )
    def test_which_one_it_is(
        self, settings: dict[str, str], storage: str | None, dataverse: str | None
    ) -> None:
        found = read(AZURE | self.addresses | settings)
        assert (found.storage.client_id, found.client_id) == (storage, dataverse)

    @pytest.mark.parametrize(
        ("settings", "fault"),
        [
            ({"RUN_STORAGE__clientId": "s"}, "must be managedidentity where RUN_STORAGE__clientId"),
            ({"RUN_STORAGE__credential": "workload"}, "must be managedidentity, or not set"),
        ],
    )
    def test_settings_by_which_the_host_takes_another_are_refused(
        self, settings: dict[str, str], fault: str
    ) -> None:
        assert f"RUN_STORAGE__credential {fault}" in faults_of(AZURE | self.addresses | settings)


@pytest.mark.parametrize("prefix", ["Broker-", "a--b", "-a", "x" * 31, "a_b", "ä"])
def test_a_prefix_that_no_queue_may_have_is_refused(prefix: str) -> None:
    assert "QUEUE_PREFIX must be" in faults_of(AZURE | {"QUEUE_PREFIX": prefix})


def test_queues_are_named_behind_the_prefix() -> None:
    assert read(AZURE).queues.requests == "run-requests"
    names = read(AZURE | {"QUEUE_PREFIX": "finance-"}).queues
    assert names.requests == "finance-run-requests"
    assert names.poison == (
        "finance-run-requests-poison",
        "finance-lane-wakeups-poison",
        "finance-run-notifications-poison",
    )


def test_one_storage_address_alone_does_not_suffice() -> None:
    environ = {name: value for name, value in AZURE.items() if name != "RUN_STORAGE"} | {
        "RUN_STORAGE__tableServiceUri": "https://runs.table.core.windows.net",
    }
    assert "RUN_STORAGE__queueServiceUri must be" in faults_of(environ)


@pytest.mark.parametrize("value", ["collector:4318", "grpc://collector:4317", "ftp://collector"])
def test_a_receiver_of_telemetry_that_is_no_address_is_told(value: str) -> None:
    assert "OTEL_EXPORTER_OTLP_ENDPOINT must be http(s)" in faults_of(
        AZURE | {"OTEL_EXPORTER_OTLP_ENDPOINT": value}
    )


def test_telemetry_is_off_unless_a_receiver_is_named() -> None:
    assert not read(AZURE | {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}).telemetry
    assert read(AZURE | {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}).telemetry


def test_the_sample_settings_are_complete_and_valid() -> None:
    sample = json.loads((REPOSITORY / "local.settings.sample.json").read_text())["Values"]
    settings = read(sample)
    assert settings.signing_keys == (SAMPLE_SIGNING_KEY.encode(),)
    files = (
        "settings.py",
        "settings_reader.py",
        "link_settings.py",
        "user_settings.py",
        "access_settings.py",
        "telemetry_settings.py",
    )
    source = "".join((REPOSITORY / "shared" / name).read_text() for name in files)
    told_by_azure = {"IDENTITY_ENDPOINT", "WEBSITE_HOSTNAME"}
    for name in ("DATAVERSE_URL", "CALLBACK_BASE_URL", *AZURE, *documented_settings()):
        if name not in told_by_azure:
            assert name in sample
            assert name.removesuffix("_PREVIOUS") in source


def documented_settings() -> list[str]:
    """The settings of the table in docs/deploy.md, between backticks at the line's begin."""
    lines = (REPOSITORY / "docs" / "deploy.md").read_text().splitlines()
    cells = [line.split("|")[1] for line in lines if line.startswith("| `")]
    names = [name.strip(" `") for cell in cells for name in cell.split(",")]
    return [name for name in names if name.isupper() and "__" not in name]
