"""`make errors`: writes docs/errors.md from the catalogue of codes, which nobody edits by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple

from shared.domain.advice import GOES_ON, LOOK_FIRST, NOBODY_KNOWS, ONCE_MENDED, SAFE
from shared.domain.codes import CATALOGUE, Code, Kind

PAGE = Path(__file__).resolve().parents[1] / "docs" / "errors.md"

_BEGINNING = """\
# Errors, waits and warnings

Every code that the broker gives, and those of Dataverse that it knows: what each means, and what to
do about it. Made from the catalogue of codes (`shared/domain/codes/`) by `make errors`, as are the
`advice` of a run's `error` and `waitingFor` and the statuses of HTTP; a test compares. Codes do not
change their names; messages are for people, and may.

**Whether the robot may have started**: *no*: it has done nothing for this run; *it may*; *not
told*: the code leaves it open. What counts is the run's own `error.robotMayHaveStarted`, which
knows more than the code does. By it the `advice` of an error that is Dataverse's ends:

"""


class _Section(NamedTuple):
    title: str
    said: str
    kind: Kind


_SECTIONS = (
    _Section(
        "Answers of HTTP",
        "`error.code` of an answer. 401, and 404 for a path that is no call, are the function"
        " host's, without a body of this shape. Where Dataverse said no, `innererror` holds its own"
        " code, message and status.",
        Kind.ANSWER,
    ),
    _Section(
        "Faults of fields",
        "`error.details[].code` of an answer with 400, 413 or 422, and `reasons[].code` of a"
        " rejected message. What has a fault is not accepted, and no robot starts.",
        Kind.FIELD,
    ),
    _Section(
        "Without outputs",
        "`outputsError.code` of an end that is told to an engine, or answered to one: why `outputs`"
        " is null although the run succeeded.",
        Kind.OUTPUTS,
    ),
    _Section(
        "Why a run failed",
        "`error.code` of a run that has ended, in the broker's own words. Where the flow session"
        " or Dataverse's answer has a code, the run has that one: see below.",
        Kind.RUN,
    ),
    _Section(
        "Why a run waits",
        "`waitingFor.code` of a run, `pauseReason.code` of a lane, and `error.code` of a run that"
        " has not ended.",
        Kind.WAIT,
    ),
    _Section(
        "Dataverse's: desktop flows",
        "`error.code` of a run whose flow session failed, as Microsoft documents it. The request's"
        " `retries` are for those after which the robot has done nothing.",
        Kind.SESSION,
    ),
    _Section(
        "Dataverse's: the Web API",
        "`error.code` of a run whose submission was refused, or `innererror.code`. A code that is"
        " not listed is told as it came, with advice by what is known of the robot.",
        Kind.WEB_API,
    ),
    _Section(
        "Dataverse's: licences",
        "Warnings that begin a run's `licenceWarning`; the run goes on.",
        Kind.LICENCE,
    ),
)
_STARTED = {True: "it may", False: "no", None: "not told"}
_ENDINGS = (
    ("the run has not ended", GOES_ON),
    ("no, and `retries` may help", SAFE),
    ("no", ONCE_MENDED),
    ("it may", LOOK_FIRST),
    ("not told", NOBODY_KNOWS),
)


def render() -> str:
    """Write the page."""
    endings = "".join(f"- {when}: “{sentence}”\n" for when, sentence in _ENDINGS)
    sections = map(_section, _SECTIONS)
    return "\n".join((_BEGINNING + endings, *sections))


def _section(section: _Section) -> str:
    title, said, kind = section
    columns: list[tuple[str, Callable[[Code], str]]] = [
        ("code", lambda code: f"`{code.name}`"),
        ("meaning", lambda code: code.meaning),
        ("what to do", lambda code: code.advice),
    ]
    if kind is Kind.ANSWER:
        columns.insert(1, ("HTTP", lambda code: str(code.status)))
    if kind not in (Kind.FIELD, Kind.LICENCE):
        columns.append(("robot may have started", _started))
    rows = [[cell(code) for _, cell in columns] for code in CATALOGUE.values() if _in(kind, code)]
    lines = [_row(name for name, _ in columns), _row("---" for _ in columns), *map(_row, rows)]
    return "\n".join((f"## {title}", "", *wrap(said, 100), "", *lines, ""))


def _in(kind: Kind, code: Code) -> bool:
    """Say whether a section tells a code; the errors of runs that go on are told as waits."""
    return kind in code.kinds and not (kind is Kind.RUN and Kind.WAIT in code.kinds)


def _started(code: Code) -> str:
    return _STARTED[code.robot_may_have_started]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    PAGE.write_text(render(), encoding="utf-8")
    print(f"{PAGE.name}: {len(CATALOGUE)} codes")


if __name__ == "__main__":
    main()
