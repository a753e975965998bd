"""Finding the app of `make up`: while it runs, and no longer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from local import doctor
from local.running import Running, running_app, told_where
from shared.domain.finding import Outcome


def test_it_is_found_while_it_runs_by_nobody_but_its_user(tmp_path: Path) -> None:
    with told_where("http://127.0.0.1:7071", "a key", tmp_path):
        assert running_app(tmp_path) == Running("http://127.0.0.1:7071", "a key")
        (file,) = tmp_path.iterdir()
        assert file.stat().st_mode & 0o077 == 0
    assert running_app(tmp_path) is None


def test_one_that_was_killed_is_not_taken_for_one_that_runs(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (tmp_path / f"{ended.pid}.json").write_text('{"url": "http://127.0.0.1:1", "key": "old"}')
    assert running_app(tmp_path) is None


def test_a_file_that_is_no_such_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "notes.json").write_text("{}")
    assert running_app(tmp_path) is None
    assert running_app(tmp_path / "nowhere") is None


def test_without_an_app_the_doctor_says_how_to_name_one() -> None:
    (finding,) = doctor.examine("", "")
    assert finding.outcome is Outcome.FAILED
    assert "make doctor URL=" in (finding.advice or "")
