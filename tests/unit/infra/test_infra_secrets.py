"""infra/scripts/secrets.sh: the secrets are made once, and what is there is never changed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from local.infra_checks.sources import REPOSITORY
from shared.settings import read
from tests.support import azure_cli
from tests.support.patience import PATIENCE_SECONDS

SCRIPT = REPOSITORY / "infra" / "scripts" / "secrets.sh"
KEY, SECRET = "callback-signing-key", "notify-signing-secret"
APP_ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/func"


class Azure:
    """A vault, and the script called with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **azure_cli.install(folder),
            "BROKER_VAULT": "kv-broker",
            "SECRETS_WAIT_SECONDS": "0",
            "TMPDIR": str(folder),
        }

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", str(SCRIPT), *arguments],
            env=self.environment | more,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    @property
    def secrets(self) -> dict[str, str]:
        return {each.name: each.read_text() for each in (self.folder / "vault").iterdir()}

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()

    def refuse(self, times: int) -> None:
        (self.folder / "forbidden").write_text(str(times))


@pytest.fixture
def azure(tmp_path: Path) -> Azure:
    return Azure(tmp_path / "azure")


def test_both_are_made_and_the_app_takes_them(azure: Azure) -> None:
    done = azure.run("make")
    assert (done.returncode, done.stderr) == (0, "")
    made = azure.secrets
    assert set(made) == {KEY, SECRET}
    settings = read(
        {
            "DATAVERSE_URL": "https://org.crm4.dynamics.com",
            "RUN_STORAGE": "UseDevelopmentStorage=true",
            "CALLBACK_SIGNING_KEY": made[KEY],
            "NOTIFY_SIGNING_SECRET": made[SECRET],
        }
    )
    assert settings.signing_keys == (made[KEY].encode(),)
    assert [len(each) for each in settings.notify_secrets] == [32]


def test_azd_can_start_the_script() -> None:
    """Its hook calls it by its path."""
    hook = yaml.safe_load((REPOSITORY / "azure.yaml").read_text())["hooks"]["postprovision"]
    assert hook["run"] == f"./{SCRIPT.relative_to(REPOSITORY)} make"
    assert os.access(SCRIPT, os.X_OK)


def test_a_later_deployment_leaves_them_as_they_are(azure: Azure) -> None:
    azure.run("make")
    before = azure.secrets
    done = azure.run("make")
    assert done.returncode == 0
    assert azure.secrets == before
    assert sum("secret set" in call for call in azure.calls) == 2


def test_what_is_missing_is_made_and_the_other_one_kept(azure: Azure) -> None:
    azure.run("make")
    before = azure.secrets
    (azure.folder / "vault" / SECRET).unlink()
    azure.run("make")
    assert azure.secrets[KEY] == before[KEY]
    assert azure.secrets[SECRET] not in ("", before[SECRET])


def test_two_vaults_have_different_ones(azure: Azure, tmp_path: Path) -> None:
    other = Azure(tmp_path / "other")
    azure.run("make")
    other.run("make")
    assert not set(azure.secrets.values()) & set(other.secrets.values())


def test_no_value_is_told_or_stands_on_a_command_line_or_is_left_behind(azure: Azure) -> None:
    done = azure.run("make")
    for value in azure.secrets.values():
        assert value not in done.stdout + done.stderr + "\n".join(azure.calls)
    assert {each.name for each in azure.folder.iterdir()} == {"bin", "calls", "vault"}


def test_a_role_that_is_not_known_yet_is_waited_for(azure: Azure) -> None:
    azure.refuse(times=2)
    done = azure.run("make")
    assert done.returncode == 0
    assert done.stdout.count("does not let you in yet") == 2
    assert set(azure.secrets) == {KEY, SECRET}


def test_nothing_is_made_where_the_vault_cannot_be_seen(azure: Azure) -> None:
    """A secret that is only not seen must not be taken for one that is not there."""
    azure.refuse(times=1_000)
    done = azure.run("make", SECRETS_TRIES="3")
    assert done.returncode == 1
    assert "nothing was made" in done.stderr
    assert azure.secrets == {}
    assert not any("secret set" in call for call in azure.calls)


def test_nothing_is_made_without_random_bytes(azure: Azure) -> None:
    openssl = azure.folder / "bin" / "openssl"
    openssl.write_text("#!/bin/sh\nexit 1\n")
    openssl.chmod(0o755)
    done = azure.run("make")
    assert done.returncode == 1
    assert "no random bytes" in done.stderr
    assert azure.secrets == {}


def test_the_app_is_told_to_read_its_references_anew(azure: Azure) -> None:
    azure.run("make", BROKER_APP_ID=APP_ID)
    (call,) = (each for each in azure.calls if each.startswith("rest"))
    assert (
        f"https://management.azure.com{APP_ID}/config/configreferences/appsettings/refresh" in call
    )


def test_a_rotated_secret_keeps_the_one_before(azure: Azure) -> None:
    azure.run("make")
    before = azure.secrets
    done = azure.run("rotate", KEY)
    assert (done.returncode, done.stderr) == (0, "")
    assert azure.secrets[f"{KEY}-previous"] == before[KEY]
    assert azure.secrets[KEY] != before[KEY]
    assert azure.secrets[SECRET] == before[SECRET]


@pytest.mark.parametrize("arguments", [["rotate", "another"], ["rotate"], ["rotate", KEY], []])
def test_what_cannot_be_done_changes_nothing(azure: Azure, arguments: list[str]) -> None:
    """Nor can a secret be rotated that was never made."""
    done = azure.run(*arguments)
    assert done.returncode != 0
    assert done.stderr
    assert azure.secrets == {}
