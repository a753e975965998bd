"""`make api`: writes docs/api.md from the description of the API, which nobody edits by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any

from local.in_words import kind_in_words, link, shape_in_words
from shared.api.answers_error import ERROR
from shared.api.answers_run import RUN
from shared.api.calls import CALLS
from shared.api.operations import Operation, Parameter, Success
from shared.api.shapes import SHAPES, Answer, Member, answers_within
from shared.domain.fields import Body, Field
from shared.domain.list_kinds import Items
from shared.domain.request import START

PAGE = Path(__file__).resolve().parents[1] / "docs" / "api.md"

_BEGINNING = """\
# The API, call by call

Made from the description of the API (`shared/api/`) by `make api`; a test compares. The app itself
answers the same in OpenAPI 3.1 at `GET /api/openapi.json`, for programs. How the calls are used:
[using.md](using.md) from a service, [connector.md](connector.md) from flows and apps, `test.http`
one by one in an editor.

Every call takes a function key in the header `x-functions-key`, but for those that say they take
none; without one the host answers 401 and says no more. Bodies are JSON, times UTC in ISO 8601. In
a body null is as good as leaving a field out, and fields that nobody knows are refused. Errors have
one shape, [Error](#error); what each code means, and what to do about it: [errors.md](errors.md).

A start may say in `x-ms-client-tracking-id` (as Logic Apps and Power Automate do),
`x-ms-client-request-id` or a W3C `traceparent` what its caller knows it by. Nothing is decided by
these; the log tells them beside the run's id ([operations.md](operations.md#a-flow-and-its-run)).
"""
_TITLES = {
    "runs": "Runs",
    "discovery": "What can be run",
    "engines": "For engines: waiting, polling, listening",
    "lanes": "Lanes",
    "messages": "Messages that were set aside",
    "diagnosis": "The app itself",
    "dataverse": "Dataverse's own",
}


def render() -> str:
    """Write the page."""
    lines = [_BEGINNING, *_overview()]
    for tag, title in _TITLES.items():
        lines += ["", f"## {title}", ""]
        for call in CALLS:
            lines += _call(call) if call.tag == tag else ()
    lines += ["## What is sent", ""]
    for body in _bodies().values():
        lines += _body(body)
    lines += ["## What is answered", ""]
    for answer in _answers().values():
        lines += _answer(answer)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def _overview() -> Iterator[str]:
    yield _row("call", "what")
    yield _row("---", "---")
    for call in CALLS:
        yield _row(f"[`{call.method} /api/{call.path}`](#{call.id.lower()})", call.summary)


def _call(call: Operation) -> Iterator[str]:
    yield from (f"### {call.id}", "", f"`{call.method} /api/{call.path}`", "")
    yield from (*wrap(call.help + (" It takes no key." if call.anonymous else ""), 100), "")
    if call.body is not None:
        yield from (f"Takes a {link(call.body.name)}.", "")
    if call.parameters:
        yield from _table(
            ("parameter", "in", "what it may be", ""), map(_parameter, call.parameters)
        )
    for field, told in call.told.items():
        yield from (f"What is POSTed to `{field}` later: {link(told.name)}.", "")
    yield from _table(("status", "", "body"), _statuses(call))


def _parameter(parameter: Parameter) -> tuple[str, ...]:
    name = f"`{parameter.name}`" + (" (required)" if parameter.required else "")
    shape = parameter.shape
    kind = shape_in_words(shape) if isinstance(shape, SHAPES) else kind_in_words(shape)
    return name, parameter.where.value, kind, parameter.help


def _statuses(call: Operation) -> Iterator[tuple[str, ...]]:
    for status, success in call.answers.items():
        yield str(status), _success(success), link(success.shape.name) if success.shape else ""
    for status, codes in call.errors.items():
        yield str(status), ", ".join(f"`{code.name}`" for code in codes), link("Error")


def _success(success: Success) -> str:
    headers = [
        f"`{each.name}`" + ("" if each.always else " while the run goes on")
        for each in success.headers
    ]
    return success.help + (f" With {', '.join(headers)}." if headers else "")


def _bodies() -> dict[str, Body]:
    bodies = {call.body.name: call.body for call in CALLS if call.body is not None}
    for body in [*bodies.values()]:
        for field in body.fields:
            if isinstance(field.kind, Items):
                bodies[field.kind.each.name] = field.kind.each
    return bodies


def _body(body: Body) -> Iterator[str]:
    yield from (f"### {body.name}", "", f"What is sent for {body.what}.", "")
    fields = body.fields
    if body.name != START.name and fields[: len(START.fields)] == START.fields:
        yield from (f"All fields of {link(START.name)}, and:", "")
        fields = fields[len(START.fields) :]
    yield from _table(("field", "what it may be", ""), map(_field, fields))
    for rule in body.rules:
        said = rule.message if rule.message.endswith("?") else f"{rule.message}."
        yield from (f"`{rule.field}` {said}", "")


def _field(field: Field) -> tuple[str, ...]:
    name = f"`{field.name}`" + (" (required)" if field.required else "")
    default = "" if field.default is None else f" Default: `{_value(field.default)}`."
    return name, kind_in_words(field.kind), field.help + default


def _value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(getattr(value, "value", value))


def _answers() -> dict[str, Answer]:
    found: dict[str, Answer] = {}
    for call in CALLS:
        told = [each.shape for each in call.answers.values() if each.shape is not None]
        for answer in (*told, *call.told.values()):
            found |= answers_within(answer)
    return dict(sorted((found | answers_within(ERROR)).items()))


def _answer(answer: Answer) -> Iterator[str]:
    yield from (f"### {answer.name}", "", answer.help, "")
    members = answer.members
    if answer.name != RUN.name and members[: len(RUN.members)] == RUN.members:
        yield from (f"All members of {link(RUN.name)}, and:", "")
        members = members[len(RUN.members) :]
    yield from _table(("member", "what it is", ""), map(_member, members))


def _member(member: Member) -> tuple[str, ...]:
    kind = shape_in_words(member.shape) + (", or null" if member.nullable else "")
    return f"`{member.name}`" + (" (may be absent)" if member.optional else ""), kind, member.help


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield _row(*columns)
    yield _row(*("---" for _ in columns))
    yield from (_row(*cells) for cells in rows)
    yield ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    PAGE.write_text(render(), encoding="utf-8")
    print(f"{PAGE.name}: {len(CALLS)} calls")


if __name__ == "__main__":
    main()
