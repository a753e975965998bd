"""make doctor: nothing fails where all is well, and a fault is found by the one right check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from local import doctor
from local.emulator.faults import EVERY_TOKEN
from local.emulator.faults import Fault as DataverseFault
from local.fault_proxy.client import FaultProxyAdmin
from local.fault_proxy.faults import Fault
from local.parts import Azurite, Emulator, FaultProxy
from local.parts.function_host import free_port
from shared.domain.finding import Finding, Outcome
from shared.domain.privileges import PRIVILEGES
from tests.support.broker import Broker, broker
from tests.support.doctored import copy_of_the_app, doctored
from tests.support.patience import until

DENIED = {"x-ms-error-code": "AuthorizationPermissionMismatch"}


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """An app with a run that has ended, so that everything can be looked at."""
    with broker(tmp_path_factory.mktemp("well")) as app:
        app.until(app.start())
        until(lambda: all_well(app), lambda: findings_of(app), every=1)
        yield app


@pytest.fixture
def app(well: Broker) -> Iterator[Broker]:
    yield well
    well.dataverse.clear_faults()
    well.dataverse.change_behaviour(
        member_of_organization=True,
        may_read_sessions=True,
        may_read_references=True,
        missing_privileges=[],
        clock_offset_seconds=0,
    )


def findings_of(app: Broker) -> list[Finding]:
    return doctor.examine(app.hosts[0].url, app.hosts[0].function_key)


def all_well(app: Broker) -> bool:
    return {each.outcome for each in findings_of(app)} == {Outcome.OK}


def failing(found: list[Finding]) -> list[str]:
    for each in found:
        assert each.advice if each.outcome is Outcome.FAILED else True
    return [each.check for each in found if each.outcome is Outcome.FAILED]


def of(found: list[Finding], check: str) -> Finding:
    (finding,) = [each for each in found if each.check == check]
    return finding


def test_where_all_is_well_each_check_says_so(
    app: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    host = app.hosts[0]
    assert doctor.main(["--url", f"{host.url}/api/", "--key", host.function_key]) == 0
    told = capsys.readouterr().out
    assert "Nothing failed." in told
    assert host.function_key not in told
    names = {each.check for each in findings_of(app)}
    assert {f"privilege {each.name}" for each in PRIVILEGES} <= names
    assert {"table", "callback by Dataverse", "clock of storage", "host.json"} <= names


@pytest.mark.parametrize(
    ("fault", "check", "advice"),
    [
        (
            DataverseFault(path=EVERY_TOKEN, status=403, times=None),
            "token for Dataverse",
            "identity",
        ),
        (
            DataverseFault(path="WhoAmI", error="unauthorized", times=None),
            "user in Dataverse",
            "DATAVERSE_URL",
        ),
        (
            DataverseFault(path="WhoAmI", never=True, times=None),
            "user in Dataverse",
            "ask again",
        ),
        (
            DataverseFault(
                action="TriggerDesktopFlowRunCallback",
                status=200,
                body={"callbackHttpResponseCode": 403},
            ),
            "callback by Dataverse",
            "/api/callbacks/",
        ),
    ],
    ids=["no token", "WhoAmI 401", "WhoAmI without an answer", "callbacks are refused"],
)
def test_a_fault_of_dataverse_is_found(
    app: Broker, fault: DataverseFault, check: str, advice: str
) -> None:
    app.dataverse.add_fault(fault)
    found = findings_of(app)
    assert failing(found) == [check]
    assert advice in (of(found, check).advice or "")


@pytest.mark.parametrize(
    ("behaviour", "check", "advice"),
    [
        ({"member_of_organization": False}, "user in Dataverse", "application user"),
        ({"clock_offset_seconds": -90}, "clock of Dataverse", "CLOCK_SKEW_MARGIN_MS"),
        ({"clock_offset_seconds": 90}, "clock of Dataverse", "CLOCK_SKEW_MARGIN_MS"),
        (
            {"missing_privileges": ["prvAppendToflowsession"]},
            "privilege prvAppendToflowsession",
            "Append To on Flow Session",
        ),
        (
            {"may_read_sessions": False},
            "privilege prvReadflowsession",
            "Read on Flow Session",
        ),
    ],
    ids=["no member", "clock behind", "clock ahead", "a privilege missing", "sessions unreadable"],
)
def test_what_dataverse_does_not_let_the_app_do_is_found(
    app: Broker, behaviour: dict[str, Any], check: str, advice: str
) -> None:
    app.dataverse.change_behaviour(**behaviour)
    found = findings_of(app)
    assert failing(found) == [check]
    assert advice in (of(found, check).advice or "")


def test_what_comes_after_a_check_that_fails_is_not_checked_and_says_what_it_needs(
    app: Broker,
) -> None:
    app.dataverse.add_fault(DataverseFault(path=EVERY_TOKEN, status=403, times=None))
    found = findings_of(app)
    for each in ("user in Dataverse", "privilege prvReadWorkflow"):
        assert of(found, each).outcome is Outcome.NOT_CHECKED
        assert "token for Dataverse" in of(found, each).detail
    assert of(found, "clock of Dataverse").outcome is Outcome.OK


def test_where_privileges_cannot_be_listed_reads_are_tried(app: Broker) -> None:
    app.dataverse.add_fault(
        DataverseFault(path="RetrieveUserPrivileges", error="access_denied", times=None)
    )
    app.dataverse.change_behaviour(may_read_references=False)
    found = findings_of(app)
    assert failing(found) == ["privilege prvReadconnectionreference"]
    assert of(found, "privilege prvReadflowsession").outcome is Outcome.OK
    assert of(found, "privilege prvCreateflowsession").outcome is Outcome.NOT_CHECKED


def test_a_name_that_no_document_tells_is_only_a_warning(app: Broker) -> None:
    app.dataverse.change_behaviour(missing_privileges=["prvReaddesktopflowbinary"])
    found = findings_of(app)
    assert failing(found) == []
    assert of(found, "privilege prvReaddesktopflowbinary").outcome is Outcome.WARNING


@pytest.mark.parametrize(
    ("settings", "check", "advice"),
    [
        ({"SUBMISSIONS_PER_WINDOW": "many"}, "settings", "docs/deploy.md"),
        ({"RUN_TABLE": "<table>"}, "settings", "docs/deploy.md"),
        ({"CALLBACK_SIGNING_KEY": ""}, "signing key", "openssl rand"),
        ({"CALLBACK_SIGNING_KEY": "k" * 40}, "signing key", "openssl rand"),
        ({"CALLBACK_BASE_URL": "http://broker.example.org"}, "callback address", "https://"),
        ({"CALLBACK_BASE_URL": "https://203.0.113.7"}, "callback address", "https://"),
        ({"CALLBACK_BASE_URL": "broker"}, "callback address", "https://"),
        ({"AzureFunctionsJobHost__extensions__queues__batchSize": "16"}, "host.json", "remove"),
    ],
    ids=[
        "wrong setting",
        "placeholder",
        "no signing key",
        "weak signing key",
        "callbacks over http",
        "callbacks to an address",
        "callbacks to nothing",
        "host.json overridden",
    ],
)
def test_a_wrong_setting_is_found(
    azurite: Azurite,
    emulator: Emulator,
    tmp_path: Path,
    *,
    settings: dict[str, str],
    check: str,
    advice: str,
) -> None:
    with doctored(azurite, emulator, tmp_path, settings) as patient:
        finding = patient.the_one_that_fails()
    assert finding.check == check
    assert advice in (finding.advice or "")
    (name,) = settings
    assert name.split("__")[0] in f"{finding.detail} {finding.advice}"


def test_a_callback_address_that_leads_nowhere_or_elsewhere_is_found(
    azurite: Azurite, emulator: Emulator, tmp_path: Path
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    for base, told in ((nowhere, "Nobody answers"), (emulator.url, "not this app")):
        with doctored(azurite, emulator, tmp_path, {"CALLBACK_BASE_URL": base}) as patient:
            finding = patient.the_one_that_fails()
            assert finding.check == "callback address"
            assert told in finding.detail


def test_a_setting_that_nobody_reads_is_named_with_the_one_that_was_meant(
    azurite: Azurite, emulator: Emulator, tmp_path: Path
) -> None:
    with doctored(azurite, emulator, tmp_path, {"SUBMISSION_PER_WINDOW": "7"}) as patient:
        finding = of(patient.findings(), "settings")
    assert finding.outcome is Outcome.WARNING
    assert "SUBMISSION_PER_WINDOW" in finding.detail
    assert "SUBMISSIONS_PER_WINDOW" in finding.detail


@pytest.mark.parametrize(
    ("target", "status", "headers", "check", "advice"),
    [
        (r"\$batch|\(PartitionKey", 403, DENIED, "table", "Storage Table Data Contributor"),
        (r"/run-events\b", 403, DENIED, "queue run-events", "Storage Queue Data Contributor"),
        (
            r"^/devstoreaccount1/?$",
            400,
            {"Date": formatdate(1_700_000_000, usegmt=True)},
            "clock of storage",
            "CLOCK_SKEW_MARGIN_MS",
        ),
    ],
    ids=["the table is denied", "a queue is denied", "storage's clock is behind"],
)
def test_a_fault_of_storage_is_found(
    azurite: Azurite,
    emulator: Emulator,
    tmp_path: Path,
    *,
    target: str,
    status: int,
    headers: dict[str, str],
    check: str,
    advice: str,
) -> None:
    upstreams = [url.rpartition("/")[0] for url in (azurite.table_url, azurite.queue_url)]
    with FaultProxy(*upstreams, folder=tmp_path) as proxy, FaultProxyAdmin(proxy.url) as faults:
        through = azurite.connection_string
        for direct, proxied in zip(upstreams, proxy.urls, strict=True):
            through = through.replace(direct, proxied)
        faults.add(
            Fault(
                "denied", target=target, times=None, forward=False, status=status, headers=headers
            )
        )
        with doctored(azurite, emulator, tmp_path, {"RUN_STORAGE": through}) as patient:
            finding = patient.the_one_that_fails()
    assert finding.check == check
    assert advice in (finding.advice or "")


def test_a_table_service_that_cannot_be_reached_is_found(
    azurite: Azurite, emulator: Emulator, tmp_path: Path
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    away = azurite.connection_string.replace(azurite.table_url.rpartition("/")[0], nowhere)
    with doctored(azurite, emulator, tmp_path, {"RUN_STORAGE": away}) as patient:
        finding = patient.the_one_that_fails()
    assert finding.check == "table"
    assert "firewall" in (finding.advice or "")


def _other_version(root: Path) -> None:
    file = root / "requirements.txt"
    text = file.read_text()
    assert "urllib3==" in text
    file.write_text(text.replace("urllib3==", "urllib3==1."))


def _other_batches(root: Path) -> None:
    file = root / "host.json"
    changed = json.loads(file.read_text())
    changed["extensions"]["queues"]["batchSize"] = 16
    file.write_text(json.dumps(changed))


@pytest.mark.parametrize(
    ("change", "check", "told"),
    [(_other_version, "packages", "urllib3"), (_other_batches, "host.json", "batchSize")],
    ids=["a package differs", "host.json differs"],
)
def test_another_file_than_was_shipped_is_found(
    azurite: Azurite, emulator: Emulator, tmp_path: Path, *, change: Any, check: str, told: str
) -> None:
    root = copy_of_the_app(tmp_path / "app")
    change(root)
    with doctored(azurite, emulator, tmp_path, root=root) as patient:
        finding = patient.the_one_that_fails()
    assert finding.check == check
    assert told in finding.detail


def test_a_key_that_is_wrong_or_missing_is_told(app: Broker) -> None:
    for key in ("not-the-key", ""):
        found = doctor.examine(app.hosts[0].url, key)
        assert failing(found) == ["key"]
        assert of(found, "app").outcome is Outcome.OK


def test_an_app_that_does_not_answer_is_told_with_exit_code_1(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert doctor.main(["--url", f"http://127.0.0.1:{free_port()}", "--key", "any"]) == 1
    told = capsys.readouterr().out
    assert "It does not answer" in told
    assert "make up" in told


def test_somebody_else_who_answers_is_not_taken_for_the_app(emulator: Emulator) -> None:
    found = doctor.examine(emulator.url, "any")
    assert failing(found) == ["app"]
    assert "is not this app" in found[0].detail


def test_a_key_is_not_sent_where_everybody_could_read_it() -> None:
    (finding,) = doctor.examine("http://broker.example.org", "a key")
    assert (finding.check, finding.outcome) == ("app", Outcome.FAILED)
    assert "HTTPS" in finding.detail
