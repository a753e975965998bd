"""What the template says of the app's code: events that alerts search for, and functions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from local.infra_checks.bicep import literal, parse, text_of, within
from local.infra_checks.sources import APP, Fault, Sources

ALERTS = "infra/modules/alerts.bicep"
_SEARCHED = re.compile(r'startswith_cs "([^"]*)"')
_EVENT = re.compile(r"[a-z_]+\.[a-z_]+ ")
_OF_HOST = re.compile(r"Executed 'Functions\.(\w+)' \(Succeeded")
"""The line with which the host tells that a function has done its work."""

_NAMESPACE = re.compile(r"[a-z_]+\.")
_READY = re.compile(r"function:(\w+)")


def check_alerts(sources: Sources) -> list[Fault]:
    """Find alerts that search for an event that the app does not log."""
    events, functions = set(_first_words(sources, "event", "failure")), set(_functions(sources))
    faults = []
    found = 0
    for node in within(parse(ALERTS, sources.texts[ALERTS]).root, "string"):
        for searched in _SEARCHED.findall(text_of(node)):
            found += 1
            of_host = _OF_HOST.fullmatch(searched)
            if of_host is not None:
                good = of_host[1] in functions
            elif _NAMESPACE.fullmatch(searched):
                good = any(event.startswith(searched) for event in events)
            else:
                good = _EVENT.fullmatch(searched) is not None and searched.strip() in events
            if not good:
                faults.append(Fault(ALERTS, searched, "is logged by nothing in shared/"))
    if not found:
        faults.append(Fault(ALERTS, "the rules", "search for nothing"))
    return faults


def check_always_ready(sources: Sources) -> list[Fault]:
    """Find instances that are kept ready for no function of the app, or not for its lanes."""
    functions = set(_functions(sources))
    names = {literal(node) or "" for node in within(parse(APP, sources.texts[APP]).root, "string")}
    ready = {found[1] for name in names if (found := _READY.fullmatch(name))}
    faults = [
        Fault(APP, f"function:{name}", "is no function of the app")
        for name in sorted(ready - functions)
    ]
    if "http" not in names:
        faults.append(Fault(APP, "http", "is not kept ready"))
    if not ready:
        faults.append(Fault(APP, "function:dispatch_lane", "is not kept ready"))
    return faults


def _functions(sources: Sources) -> Iterator[str]:
    return _first_words(sources, "function_name")


def _first_words(sources: Sources, *called: str) -> Iterator[str]:
    """Find the texts in the first argument of each call of functions of these names."""
    for path, text in sources.texts.items():
        if path.startswith("shared/") and path.endswith(".py"):
            yield from (word for name, word in _calls(text) if name in called)


@lru_cache(maxsize=1024)
def _calls(text: str) -> tuple[tuple[str, str], ...]:
    """List a module's calls with texts in their first argument: what is called, the text."""
    return tuple(
        (_name(node.func), each.value)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and node.args
        for each in ast.walk(node.args[0])
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    )


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
