"""Where the app of `make up` is, for other commands of this repository: a file while it runs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.parts.process import REPOSITORY

FOLDER = REPOSITORY / ".local" / "up"


@dataclass(frozen=True)
class Running:
    """An app that `make up` runs, and the key that opens it."""

    url: str
    key: str


@contextmanager
def told_where(url: str, key: str, folder: Path = FOLDER) -> Iterator[None]:
    """Let others find the app at `url`, which `key` opens, as long as this lasts.

    Each process has a file of its own, which nobody but this user can read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{os.getpid()}.json"
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        json.dump({"url": url, "key": key}, opened)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def running_app(folder: Path = FOLDER) -> Running | None:
    """Find the app that was started last, of those whose processes are alive."""
    files = [each for each in folder.glob("*.json") if _is_alive(each.stem)]
    for file in sorted(files, key=lambda each: each.stat().st_mtime, reverse=True):
        try:
            return Running(**json.loads(file.read_text()))
        except (OSError, ValueError, TypeError):
            continue
    return None


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, OverflowError, OSError):
        return False  # also another user's, who was given its number since
    return True
