"""Set-up may be stopped at any moment, or be started twice: the next one works all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from local import set_up
from tests.support.patience import PATIENCE_SECONDS, until

MOMENTS = 20
STEPS = 40
PROGRAM = """
    import sys, time
    from pathlib import Path
    from local import set_up

    set_up.ROOT = Path(sys.argv[1])
    set_up.WORK = set_up.ROOT / ".local"

    def make(new):
        new.mkdir()
        for step in range({steps}):
            (new / str(step)).write_text("made")
            time.sleep(float(sys.argv[2]))

    part = set_up.Part(set_up.ROOT / "made", (set_up.ROOT / "input",), "Making it ...", make)
    set_up.PYTHON = part
    set_up.NODE = part
    sys.exit(set_up.main(["python"]))
"""


def begin(folder: Path, pause: float = 0.0) -> subprocess.Popen[str]:
    program = textwrap.dedent(PROGRAM.format(steps=STEPS))
    return subprocess.Popen(
        [sys.executable, "-c", program, str(folder), str(pause)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    said, complained = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, said, complained


def is_whole(folder: Path) -> bool:
    made = {path.name for path in (folder / "made").iterdir()}
    return made == {set_up.STAMP, *map(str, range(STEPS))}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "input").write_text("what it is made from")
    return tmp_path


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_after_ctrl_c_at_any_moment_the_next_set_up_works(folder: Path, moment: int) -> None:
    stopped = begin(folder, pause=0.005)
    until(lambda: (folder / ".local").exists() or stopped.poll() is not None, "it never began")
    time.sleep(moment * STEPS * 0.006 / MOMENTS)  # which moment it is does not matter
    stopped.send_signal(signal.SIGINT)
    code, _, said = ended(stopped)
    # The interpreter dies of a signal that comes while it shuts down, its work done.
    assert code in (0, set_up.INTERRUPTED) or (code == -signal.SIGINT and is_whole(folder)), said
    assert "Traceback" not in said
    assert not (folder / "made").exists() or is_whole(folder)

    assert ended(begin(folder))[0] == 0
    assert is_whole(folder)
    assert list(folder.glob("made.new-*")) == []


def test_what_was_there_stays_until_the_new_one_is_whole(folder: Path) -> None:
    assert ended(begin(folder))[0] == 0
    later = time.time() + 5
    (folder / "input").write_text("changed")
    set_times(folder / "input", later)
    killed = begin(folder, pause=0.05)
    until(lambda: list(folder.glob("made.new-*")), "it never began")
    killed.kill()
    ended(killed)
    assert is_whole(folder), "the old one"
    assert ended(begin(folder))[0] == 0
    assert list(folder.glob("made.new-*")) == [], "what was left by the one that was killed is gone"


def set_times(path: Path, at: float) -> None:
    os.utime(path, (at, at))


def test_of_two_at_once_the_second_waits_and_finds_it_done(folder: Path) -> None:
    first = begin(folder, pause=0.02)
    until(lambda: list(folder.glob("made.new-*")), "it never began")
    second = begin(folder)
    code, said, _ = ended(second)
    assert (ended(first)[0], code) == (0, 0)
    assert "Waiting for another set-up" in said
    assert "Making it" not in said
    assert is_whole(folder)


def test_a_command_that_is_missing_or_fails_is_told_in_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(set_up, "ROOT", folder)
    monkeypatch.setattr(set_up, "WORK", folder / ".local")
    for command, told in (
        (["no-such-command"], "no-such-command was not found: install it."),
        ([sys.executable, "-c", "raise SystemExit(3)"], "failed with code 3"),
    ):
        part = set_up.Part(folder / "made", (), "Making it ...", running(command))
        monkeypatch.setattr(set_up, "PYTHON", part)
        assert set_up.main(["python"]) == 1
        assert told in capsys.readouterr().err
        assert not (folder / "made").exists()


def running(command: list[str]) -> Callable[[Path], None]:
    return lambda _: set_up._run(command)


def test_a_command_that_is_stopped_says_nothing_of_where_it_stood(folder: Path) -> None:
    """Ctrl-C reaches all that runs in a terminal; pip and venv would each tell a stack."""
    program = f"""
        import sys
        from pathlib import Path
        from local import set_up
        set_up._run([sys.executable, "-c", {LONG!r}, {str(folder)!r}])
    """
    stopped = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    until((folder / "begun").exists, "it never began")
    os.killpg(stopped.pid, signal.SIGINT)
    _, _, said = ended(stopped)
    assert "in_the_middle" not in said
    begun = int((folder / "begun").read_text())
    until(lambda: not Path(f"/proc/{begun}").exists(), "it goes on")


LONG = """
import os, sys, time
def in_the_middle():
    open(sys.argv[1] + "/begun.new", "w").write(str(os.getpid()))
    os.rename(sys.argv[1] + "/begun.new", sys.argv[1] + "/begun")
    time.sleep(3600)
in_the_middle()
"""


def test_a_home_that_cannot_be_written_is_told_from_one_that_can(tmp_path: Path) -> None:
    """Caches go into the repository then; root may not trust what the rights say."""
    assert set_up._can_be_written(tmp_path)
    assert not set_up._can_be_written(Path("/proc"))
    assert not set_up._can_be_written(tmp_path / "nowhere")
