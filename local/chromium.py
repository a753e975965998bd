"""Chromium for the browser tests: found where it usually is, or installed with apt-get.

Run by make, with any Python from 3.11 on and nothing else installed. Whoever stops it leaves the
system's packages whole, or has the next one mend them; two at once wait for each other.

    python -m local.chromium            makes sure that there is one
    python -m local.chromium --find     prints the one that there is
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NoReturn

from local import set_up
from local.set_up import INTERRUPTED, SetUpError

SETTING = "CHROMIUM"
USUAL = (
    "/usr/bin/chromium",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
PACKAGE = "chromium"

WHAT = "Installing Chromium for the browser tests, with apt-get: about a minute, 110 MB ..."
ADVICE = (
    "The browser tests of `make test` need Chromium or Chrome, and none was found: install it"
    " (Debian: `apt-get install chromium`), or name it with CHROMIUM=/path/to/it."
    " `make demo`, `make up` and `make check` do without."
)
LOCK_SECONDS = 600
ANSWER_SECONDS = 60


def main(arguments: Sequence[str]) -> int:
    if list(arguments) not in ([], ["--find"]):
        print("usage: python -m local.chromium [--find]", file=sys.stderr)
        return 2
    try:
        if arguments:
            print(find() or _missing())
        else:
            ensure()
    except KeyboardInterrupt:
        print("\nStopped: run the same command again.", file=sys.stderr)
        return INTERRUPTED
    except SetUpError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    return 0


def find(environ: Mapping[str, str] = os.environ) -> str | None:
    """Give the path of a Chromium that starts; SetUpError if the one that is named does not."""
    named = environ.get(SETTING)
    if named:
        found = shutil.which(named)
        if found is None or not _starts(found):
            raise SetUpError(f"{SETTING} names {named}, which is no browser that starts.")
        return found
    paths = (shutil.which(each) for each in USUAL)
    return next((path for path in paths if path is not None and _starts(path)), None)


def ensure() -> None:
    """See to it that there is one: install it where that may be, SetUpError if not."""
    if find() is not None:
        return
    env = _with_rights() or _missing()
    with set_up.alone("chromium"):
        if find() is not None:
            return  # somebody else has installed it meanwhile
        print(WHAT, flush=True)
        began = time.monotonic()
        _install(env)
        if find() is None:
            raise SetUpError(f"apt-get has installed it, but it does not start. {ADVICE}")
        print(f"  done in {time.monotonic() - began:.0f} s", flush=True)


def _missing() -> NoReturn:
    raise SetUpError(ADVICE)


def _starts(path: str) -> bool:
    """Try it: Ubuntu's `chromium-browser` only tells where to find one."""
    try:
        asked = [path, "--version"]
        answer = subprocess.run(asked, capture_output=True, timeout=ANSWER_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and b"Chrom" in answer.stdout


def _with_rights() -> list[str] | None:
    """Give what goes before a command that installs; None without apt-get, or the right to it."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["env"]
    sudo = ["sudo", "-n"]
    if shutil.which("sudo") is None:
        return None
    asked = subprocess.run([*sudo, "true"], capture_output=True, check=False)
    return [*sudo, "env"] if asked.returncode == 0 else None


def _install(env: list[str]) -> None:
    """Install it, with the lists of packages made anew where they are missing or old."""
    begun = set_up.WORK / "chromium.begun"
    apt_get = [*env, "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    apt_get += ["-o", f"DPkg::Lock::Timeout={LOCK_SECONDS}", "-o", "Dpkg::Use-Pty=0"]
    install = [*apt_get, "install", "-y", "--no-install-recommends", PACKAGE]
    if begun.exists():  # somebody was killed, or lost its power, amid the packages
        _run([*env, "DEBIAN_FRONTEND=noninteractive", "dpkg", "--configure", "-a"])
    begun.touch()
    if not _is_known() or _run(install) != 0:
        _run([*apt_get, "update"])
        if _run(install) != 0:
            raise SetUpError(f"apt-get could not install it; what it says is above. {ADVICE}")
    begun.unlink()


def _is_known() -> bool:
    """Say whether the lists of packages have the browser; a new machine may have none."""
    asked = ["apt-cache", "show", PACKAGE]
    with suppress(OSError):
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0
    return False


def _run(command: list[str]) -> int:
    """Run a command away from the terminal's Ctrl-C; stopped, it ends what it is at, no more."""
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    return set_up.run_apart(command, signal.SIGINT, **quiet)  # apt-get lets dpkg finish the package


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
