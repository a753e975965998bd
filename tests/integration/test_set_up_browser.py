"""`make test` finds a Chromium, installs one where that may be, or says what to install."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from local.chromium import ADVICE
from tests.support.patience import PATIENCE_SECONDS, until

REPOSITORY = Path(__file__).parents[2]
PROGRAM = """
    import os
    import signal
    import subprocess
    import sys
    import time
    from pathlib import Path
    from local import chromium, set_up

    if "EARLY" in os.environ:
        begin = subprocess.Popen._execute_child

        def interrupted(process, command, *others):
            begin(process, command, *others)
            if "install" in command:
                while not (Path(os.environ["FAKES"]) / "begun").exists():
                    time.sleep(0.02)
                signal.raise_signal(signal.SIGINT)

        subprocess.Popen._execute_child = interrupted
    set_up.WORK = Path(sys.argv[1])
    chromium.USUAL = ("chromium",)
    sys.exit(chromium.main(sys.argv[2:]))
"""
TOOLS = ("env", "mv", "sleep", "touch", "true")
CHROMIUM = 'echo "Chromium 150.0.0.0 for tests"'
SUDO = 'shift; exec "$@"'
APT_CACHE = '[ -e "$FAKES/lists" ]'
DPKG = 'echo "dpkg $*" >>"$FAKES/said"'
APT_GET = """
echo "apt-get $*" >>"$FAKES/said"
case "$*" in
    *update*) touch "$FAKES/lists" ;;
    *install*)
        [ -e "$FAKES/lists" ] || exit 100
        trap 'echo asked >>"$FAKES/said"' INT
        echo $$ >"$FAKES/begun"
        while [ -e "$FAKES/hold" ]; do sleep 0.05; done
        mv "$FAKES/chromium.deb" "$FAKES/chromium" ;;
esac
"""


class System:
    """A folder of commands that stand for the system's own, and what they were told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / "work"
        for tool in TOOLS:  # and no others: this machine has a browser of its own
            (folder / tool).symlink_to(shutil.which(tool) or tool)
        self.add("sudo", SUDO)  # tests may be run by anybody

    def add(self, name: str, script: str) -> Path:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def with_packages(self) -> None:
        """Be a Debian whose lists of packages are missing, and that has a browser in them."""
        self.add("apt-get", APT_GET)
        self.add("apt-cache", APT_CACHE)
        self.add("dpkg", DPKG)
        self.add("chromium.deb", CHROMIUM)

    def begin(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        folder = str(self.folder)
        given = {"PATH": folder, "FAKES": folder, "HOME": folder} | environ
        return subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(PROGRAM), str(self.work), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=given,
            cwd=REPOSITORY,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
        )

    def run(self, *arguments: str, **environ: str) -> tuple[int, str, str]:
        return ended(self.begin(*arguments, **environ))

    def installing(self) -> int:
        """Wait until apt-get is at work, and give its process id."""
        file = self.folder / "begun"
        return int(until(lambda: file.read_text() if file.exists() else "", "it never began"))

    @property
    def said(self) -> list[str]:
        """What its commands were told, one a line."""
        file = self.folder / "said"
        return file.read_text().splitlines() if file.exists() else []


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    said, complained = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, said, complained


@pytest.fixture
def system(tmp_path: Path) -> System:
    return System(tmp_path)


def test_the_one_that_is_there_is_taken_and_nothing_installed(system: System) -> None:
    system.with_packages()
    path = system.add("chromium", CHROMIUM)
    assert system.run() == (0, "", "")
    assert system.run("--find") == (0, f"{path}\n", "")
    assert system.said == []


def test_the_one_that_is_named_goes_before_others(system: System) -> None:
    system.add("chromium", CHROMIUM)
    own = system.add("of-my-own", 'echo "Google Chrome 150.0.0.0"')
    assert system.run("--find", CHROMIUM=str(own)) == (0, f"{own}\n", "")


@pytest.mark.parametrize("named", ["/nowhere/chromium", "stub"])
def test_a_name_that_is_no_browser_is_told_and_nothing_else_is_tried(
    system: System, named: str
) -> None:
    system.with_packages()
    system.add("chromium", CHROMIUM)
    system.add("stub", 'echo "install me with snap" >&2; exit 1')
    code, _, complained = system.run(CHROMIUM=named)
    assert (code, system.said) == (1, [])
    assert complained == f"CHROMIUM names {named}, which is no browser that starts.\n"


def test_where_none_is_there_it_is_installed_once(system: System) -> None:
    """With the lists of packages first, which a new machine does not have."""
    system.with_packages()
    code, said, complained = system.run()
    assert (code, complained) == (0, "")
    assert "Installing Chromium" in said
    update, install = system.said
    assert update.endswith("update")
    assert install.endswith("install -y --no-install-recommends chromium")
    assert system.run() == (0, "", "")


def test_lists_that_are_too_old_to_install_from_are_made_anew(system: System) -> None:
    system.with_packages()
    system.add("apt-cache", "true")
    assert system.run()[0] == 0
    asked = [line.split()[-1] for line in system.said]
    assert asked == ["chromium", "update", "chromium"]


def test_where_nobody_may_install_it_is_said_what_to_install(system: System) -> None:
    """No apt-get, or no right to use it: `make demo` and `make up` go on without."""
    assert system.run() == (1, "", f"{ADVICE}\n")


def test_what_apt_get_cannot_do_is_told_in_a_sentence(system: System) -> None:
    system.with_packages()
    system.add("apt-get", 'echo "E: no network" >&2; exit 100')
    code, _, complained = system.run()
    assert code == 1
    assert "E: no network" in complained
    assert "apt-get could not install it" in complained
    assert "Traceback" not in complained


def test_of_two_at_once_the_second_waits_and_finds_it_done(system: System) -> None:
    system.with_packages()
    (system.folder / "hold").touch()
    first = system.begin()
    system.installing()
    second = system.begin()
    assert second.stdout is not None
    assert "Waiting for another set-up of chromium" in second.stdout.readline()
    (system.folder / "hold").unlink()
    assert (ended(first)[0], ended(second)[0]) == (0, 0)
    assert len(system.said) == 2


def test_a_ctrl_c_that_comes_as_the_command_begins_is_heard(system: System) -> None:
    """Else the command would go on, and nobody would know of it."""
    system.with_packages()
    (system.folder / "lists").touch()
    (system.folder / "hold").touch()
    stopped = system.begin(EARLY="once apt-get is at work, and before Popen has returned")
    until(lambda: "asked" in system.said, "it was not asked to stop")
    (system.folder / "hold").unlink()
    assert ended(stopped)[0] == 130


def test_ctrl_c_lets_the_package_be_finished_and_the_next_one_finds_it(system: System) -> None:
    system.with_packages()
    (system.folder / "hold").touch()
    stopped = system.begin()
    system.installing()
    stopped.send_signal(signal.SIGINT)
    until(lambda: "asked" in system.said, "it was not asked to stop")
    (system.folder / "hold").unlink()
    code, _, complained = ended(stopped)
    assert code == 130
    assert "Traceback" not in complained
    assert system.run() == (0, "", "")


def test_after_one_that_was_killed_the_packages_are_put_right_first(system: System) -> None:
    system.with_packages()
    (system.folder / "hold").touch()
    killed = system.begin()
    for pid in (system.installing(), killed.pid):
        os.kill(pid, signal.SIGKILL)
    ended(killed)
    (system.folder / "hold").unlink()
    (system.folder / "said").unlink()
    assert system.run()[0] == 0
    assert [line.split()[0] for line in system.said] == ["dpkg", "apt-get"]
