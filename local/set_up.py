"""Set-up: the virtual environment and Azurite, each made beside, and put in place when it is whole.

Run by make, with any Python from 3.11 on and nothing else installed. Whoever stops it leaves what
was there before; two at once wait for each other, and the second finds the work done.

    set_up.py python|node
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".local"
STAMP = ".installed"
INTERRUPTED = 130


class SetUpError(Exception):
    """What could not be set up, in a sentence."""


@dataclass(frozen=True)
class Part:
    """A directory that is made from some files; `make` fills the one that it is given."""

    target: Path
    inputs: tuple[Path, ...]
    what: str
    make: Callable[[Path], None]

    def is_made(self) -> bool:
        """Say whether it is whole, and no older than what it is made from."""
        stamp = self.target / STAMP
        if not stamp.exists():
            return False
        return all(stamp.stat().st_mtime >= each.stat().st_mtime for each in self.inputs)


def main(arguments: Sequence[str]) -> int:
    parts = {"python": PYTHON, "node": NODE}
    if len(arguments) != 1 or arguments[0] not in parts:
        print("usage: set_up.py python|node", file=sys.stderr)
        return 2
    try:
        set_up(parts[arguments[0]])
    except KeyboardInterrupt:
        print("\nStopped. Nothing is left half-made: run the same command again.", file=sys.stderr)
        return INTERRUPTED
    except SetUpError as error:
        print(f"{error}", file=sys.stderr)
        return 1
    return 0


def set_up(part: Part) -> None:
    """Make a part, unless somebody has; raises SetUpError."""
    with alone(part.target.name):
        if part.is_made():
            return
        for left in ROOT.glob(f"{part.target.name}.new-*"):
            shutil.rmtree(left, ignore_errors=True)  # somebody was stopped, or lost its power
        print(part.what, flush=True)
        began, new = time.monotonic(), ROOT / f"{part.target.name}.new-{os.getpid()}"
        try:
            part.make(new)
            (new / STAMP).touch()
            _put_in_place(new, part.target)
        except OSError as error:
            raise SetUpError(f"{part.target.name} cannot be made: {error}") from error
        finally:
            shutil.rmtree(new, ignore_errors=True)
        print(f"  done in {time.monotonic() - began:.0f} s", flush=True)


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Wait until nobody else makes what has this name; the lock goes with its process."""
    WORK.mkdir(exist_ok=True)
    with (WORK / f"{name.strip('.')}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Waiting for another set-up of {name} ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _put_in_place(new: Path, target: Path) -> None:
    """Exchange directories: at any moment the target is the old one, none, or the new one."""
    old = target.with_name(f"{target.name}.new-old-{os.getpid()}")
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _make_python(new: Path) -> None:
    _run([sys.executable, "-m", "venv", str(new)])
    pip = [str(new / "bin" / "python"), "-m", "pip", "install", "-qq"]
    _run([*pip, "--disable-pip-version-check", "-r", str(ROOT / "requirements-dev.txt")])
    for script in (new / "bin").iterdir():  # their first lines name the directory they were made in
        if script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        if str(new).encode() in content and b"\0" not in content:
            script.write_bytes(content.replace(str(new).encode(), str(PYTHON.target).encode()))


def _make_node(new: Path) -> None:
    new.mkdir()
    for each in NODE.inputs:
        shutil.copy(each, new)
    _run(["npm", "ci", "--loglevel=error", "--no-progress", f"--prefix={new}"], quiet=True)
    made = new / "node_modules"
    for each in made.iterdir():
        each.rename(new / each.name)
    made.rmdir()


def _run(command: list[str], *, quiet: bool = False) -> None:
    """Run a command, with caches in the repository if there is no home to keep them in."""
    environ = dict(os.environ)
    if not _can_be_written(Path.home()):
        environ |= {"PIP_CACHE_DIR": str(WORK / "pip"), "npm_config_cache": str(WORK / "npm")}
    try:
        told = subprocess.DEVNULL if quiet else None
        # What it has made by then is thrown away.
        code = run_apart(command, signal.SIGKILL, cwd=ROOT, env=environ, stdout=told)
    except FileNotFoundError:
        raise SetUpError(f"{command[0]} was not found: install it.") from None
    if code != 0:
        raise SetUpError(
            f"`{' '.join(command[:4])} ...` failed with code {code}; what it says is above."
            " Is the network there? Then run the same command again."
        )


def run_apart(command: list[str], stopped_by: signal.Signals, **options: Any) -> int:
    """Run a command to its end, away from the terminal's Ctrl-C: it would tell where it stood.

    Whoever is stopped meanwhile sends it `stopped_by`, and waits for its end. A Ctrl-C that comes
    while it begins is heard once it has begun: else nobody would know of it. `options`: of Popen.
    """
    early: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: early.append(number))
    try:
        process = subprocess.Popen(command, start_new_session=True, **options)
    except BaseException:
        signal.signal(signal.SIGINT, before)
        raise
    try:
        signal.signal(signal.SIGINT, before)
        if early:
            signal.raise_signal(signal.SIGINT)
        return process.wait()
    except BaseException:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, stopped_by)
        process.wait()
        raise


def _can_be_written(folder: Path) -> bool:
    """Try it: root is told that it may write where nobody can, such as in /proc."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


PYTHON = Part(
    ROOT / ".venv",
    (ROOT / "requirements.txt", ROOT / "requirements-dev.txt"),
    f"Making .venv with Python {sys.version.split()[0]} and its packages: about a minute ...",
    _make_python,
)
NODE = Part(
    ROOT / "node_modules",
    (ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc"),
    "Installing Azurite, which stands for Azure Storage, with npm: about half a minute ...",
    _make_node,
)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
