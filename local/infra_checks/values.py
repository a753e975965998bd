"""What can be said of values without a compiler: members of known objects, and allowed values."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from local.infra_checks.bicep import (
    Bicep,
    Node,
    files,
    line_of,
    literal,
    name_of,
    parse,
    properties,
    text_of,
    within,
)
from local.infra_checks.sources import MAIN, PARAMETERS, Fault, Sources


def check_members(sources: Sources) -> list[Fault]:
    """Find members that an object lacks which a name stands for, be it one of several.

    A name stands for objects where it is one's, is chosen of several by a parameter, or goes
    through a list of them.
    """
    faults = []
    for file in files(sources):
        for node in within(file.root, "member_expression"):
            of, member = node.named_children[0], node.named_children[-1]
            for body in _objects(file, of):
                if text_of(member) not in properties(body):
                    what = (
                        f"(line {line_of(node)}) is missing in the object of line {line_of(body)}"
                    )
                    faults.append(Fault(file.path, text_of(node), what))
        faults += _chosen(file)
    return faults


def check_allowed(sources: Sources) -> list[Fault]:
    """Find values of parameters that are not among those which they may have."""
    faults = []
    by_path = {file.path: file for file in files(sources)}
    for file in by_path.values():
        given = {name: [node] for name, node in file.defaults.items()}
        faults += _not_allowed(file.path, file, given)
        for call in file.calls:
            path = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), call.path))
            if path in by_path:
                passed = {name: list(_values(file, node)) for name, node in call.given.items()}
                faults += _not_allowed(file.path, by_path[path], passed)
    parameters = parse(PARAMETERS, sources.texts[PARAMETERS])
    defaults = {name: list(_read_defaults(node)) for name, node in parameters.defaults.items()}
    return faults + _not_allowed(PARAMETERS, parse(MAIN, sources.texts[MAIN]), defaults)


def _not_allowed(path: str, module: Bicep, given: dict[str, list[Node]]) -> list[Fault]:
    return [
        Fault(path, name, f"may not be {value!r} ({module.path})")
        for name, allowed in module.allowed.items()
        for node in given.get(name, [])
        if (value := literal(node)) is not None and value not in allowed
    ]


def _chosen(file: Bicep) -> Iterator[Fault]:
    """Find objects that are chosen of by a parameter, and have other keys than it has values."""
    for node in within(file.root, "subscript_expression"):
        of, by = map(text_of, node.named_children)
        body, allowed = file.variables.get(of), file.allowed.get(by)
        if body is not None and allowed is not None and set(properties(body)) != allowed:
            yield Fault(file.path, f"{of}[{by}]", f"has not the keys {', '.join(sorted(allowed))}")


def _values(file: Bicep, node: Node) -> Iterator[Node]:
    """Give what an expression may be: itself, or the members that it takes of known objects."""
    if node.type != "member_expression":
        yield node
        return
    for body in _objects(file, node.named_children[0]):
        value = properties(body).get(text_of(node.named_children[-1]))
        if value is not None:
            yield value


def _objects(file: Bicep, node: Node) -> Iterator[Node]:
    """Find the objects that a name may stand for; none where that is not known."""
    if node.type != "identifier":
        return
    value = file.variables.get(text_of(node)) or _looped(file, node)
    if value is None:
        return
    if value.type == "subscript_expression":
        value = file.variables.get(text_of(value.named_children[0])) or value
        yield from (each for each in properties(value).values() if each.type == "object")
    elif value.type == "array":
        yield from (each for each in value.named_children if each.type == "object")
    elif value.type == "object":
        yield value


def _looped(file: Bicep, node: Node) -> Node | None:
    """Give the list that a loop around a node goes through by this name."""
    around = node.parent
    while around is not None:
        if around.type == "for_statement" and name_of(around) == text_of(node):
            return file.variables.get(text_of(around.named_children[1]))
        around = around.parent
    return None


def _read_defaults(node: Node) -> Iterator[Node]:
    """Give what a parameter is where the environment does not say."""
    arguments = [each for call in within(node, "arguments") for each in call.named_children]
    if name_of(node) == "readEnvironmentVariable" and len(arguments) > 1:
        yield arguments[1]
