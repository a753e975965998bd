"""How the commands of the local environment end: with a sentence, and never with a process left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from local.parts import PartFailedError

FAILED, INTERRUPTED = 1, 130


class CommandFailedError(Exception):
    """The command could not do what it is for; `log` is the end of a log that may say why."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.log = log


@contextmanager
def reporting(console: Console, *, interrupted: int = INTERRUPTED) -> Iterator[None]:
    """Turn failures into exit code 1 and Ctrl-C into `interrupted`.

    The parts are started inside of this, so they have been stopped when the command ends.
    """
    try:
        yield
    except PartFailedError as error:
        _tell(console, f"The {error.part} failed", error.log_tail or str(error))
        raise SystemExit(FAILED) from None
    except CommandFailedError as error:
        _tell(console, str(error), error.log)
        raise SystemExit(FAILED) from None
    except KeyboardInterrupt:
        console.print("Stopped.")
        raise SystemExit(interrupted) from None


def _tell(console: Console, what: str, log: str) -> None:
    console.print(f"[bold red]{escape(what)}[/bold red]")
    if log:
        console.print("The end of its log:", escape(log.strip()), sep="\n")
