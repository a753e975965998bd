"""Route templates of HTTP triggers: `runs/{runId}`, `{id:int}`, `{name?}`, `{*rest}`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.host.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.host.functions import HttpFunction

SEGMENT = re.compile(r"\{(?P<rest>\*{0,2})(?P<name>\w+)(?::(?P<kind>[^}?]+))?(?P<optional>\??)\}")
CONSTRAINTS = {
    "int": r"-?\d+",
    "long": r"-?\d+",
    "guid": r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "alpha": r"[a-zA-Z]+",
    "bool": r"[tT]rue|[fF]alse",
}
# Which route goes first where several match: the order of ASP.NET Core.
LITERAL, CONSTRAINED, PARAMETER, CATCH_ALL = range(4)


@dataclass(frozen=True)
class Route:
    """A function's route, ready to match; `precedence` sorts the more exact first."""

    function: HttpFunction
    pattern: re.Pattern[str]
    precedence: tuple[int, ...]
    shape: str

    def match(self, path: str) -> dict[str, str] | None:
        """Return the route parameters of a decoded path without its prefix; None if no match."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        return {name: value for name, value in found.groupdict().items() if value is not None}


def read_routes(functions: Iterable[HttpFunction]) -> list[Route]:
    """Compile the functions' routes, the most exact first; HostError for two that are the same."""
    routes = sorted((_compile(function) for function in functions), key=lambda r: r.precedence)
    taken: dict[tuple[str, str], str] = {}
    for route in routes:
        for method in route.function.methods:
            other = taken.setdefault((route.shape, method), route.function.name)
            if other != route.function.name:
                raise HostError(
                    f"functions {other} and {route.function.name} have the same route: "
                    f"{method} {route.function.route}"
                )
    return routes


def _compile(function: HttpFunction) -> Route:
    pattern, shape = "", ""
    precedence: list[int] = []
    for segment in function.route.strip("/").split("/"):
        slash = "/" if pattern else ""
        parameter = SEGMENT.fullmatch(segment)
        if parameter is None:
            if "{" in segment or "}" in segment:
                raise HostError(
                    f"function {function.name}: route segment {segment!r} is not served"
                )
            pattern += slash + re.escape(segment)
            shape += slash + segment.lower()
            precedence.append(LITERAL)
            continue
        rest, name, kind, optional = parameter.group("rest", "name", "kind", "optional")
        if kind is not None and kind not in CONSTRAINTS:
            raise HostError(f"function {function.name}: route constraint {kind!r} is not served")
        anything = ".*" if rest else "[^/]+"
        value = CONSTRAINTS[kind] if kind else anything
        capture = f"{slash}(?P<{name}>{value})"
        pattern += f"(?:{capture})?" if optional or rest else capture
        shape += f"{slash}{{{'*' if rest else kind or ''}}}"
        precedence.append(CATCH_ALL if rest else CONSTRAINED if kind else PARAMETER)
    return Route(function, re.compile(pattern, re.IGNORECASE), tuple(precedence), shape)
