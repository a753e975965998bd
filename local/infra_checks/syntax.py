"""What can be said of the Bicep files by themselves: syntax, names, and how modules are called."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from local.infra_checks.bicep import (
    Bicep,
    Node,
    broken,
    files,
    line_of,
    name_of,
    parse,
    text_of,
    within,
)
from local.infra_checks.known import FUNCTIONS
from local.infra_checks.sources import MAIN, PARAMETERS, Fault, Sources

_DECLARATIONS = (
    "parameter_declaration",
    "variable_declaration",
    "resource_declaration",
    "module_declaration",
    "output_declaration",
)


def check_syntax(sources: Sources) -> list[Fault]:
    """Find what is no Bicep.

    The grammar knows no file of parameters: it misses the type of each, and nothing else of it.
    """
    faults = []
    for path, text in sources.of(".bicep", ".bicepparam").items():
        for node in broken(parse(path, text).root):
            untyped = node.is_missing and node.parent is not None and node.parent.type == "type"
            if not (untyped and path.endswith(".bicepparam")):
                faults.append(Fault(path, f"line {line_of(node)}", "cannot be read"))
    return faults


def check_names(sources: Sources) -> list[Fault]:
    """Find names that nothing declares, and what is declared and used by nobody."""
    faults = []
    for file in files(sources):
        used = set()
        for node in _used(file.root):
            name = text_of(node)
            known = FUNCTIONS if _is_called(node) else file.symbols | _loops(node)
            used.add(name)
            if name not in known:
                faults.append(Fault(file.path, name, f"(line {line_of(node)}) is declared nowhere"))
        made = {each.symbol for each in file.resources if not each.existing}
        made |= {each.symbol for each in file.calls}
        idle = sorted(file.symbols - used - made)
        faults += [Fault(file.path, name, "is declared, and used nowhere") for name in idle]
    return faults


def check_modules(sources: Sources) -> list[Fault]:
    """Find calls of modules with other parameters than they have, and outputs that they lack."""
    by_path = {file.path: file for file in files(sources)}
    called = set()
    faults = []
    for file in by_path.values():
        for call in file.calls:
            path = posixpath.normpath(posixpath.join(posixpath.dirname(file.path), call.path))
            called.add(path)
            module = by_path.get(path)
            if module is None:
                faults.append(Fault(file.path, call.symbol, f"is {call.path}, which is not there"))
                continue
            faults += _compared(file.path, f"module {call.symbol}", frozenset(call.given), module)
            for name in sorted(_taken(file, call.symbol) - module.outputs):
                what = f"is no output of {module.path}"
                faults.append(Fault(file.path, f"{call.symbol}.outputs.{name}", what))
    for path in sorted(set(by_path) - called - {MAIN}):
        faults.append(Fault(path, "the module", "is called by nobody"))
    return faults


def check_parameters(sources: Sources) -> list[Fault]:
    """Find parameters of the deployment that are not given, or that there are not."""
    given = parse(PARAMETERS, sources.texts[PARAMETERS]).params
    main = parse(MAIN, sources.texts[MAIN])
    return _compared(PARAMETERS, "the file", frozenset(given), main)


def _compared(path: str, who: str, given: frozenset[str], module: Bicep) -> list[Fault]:
    needed = {name for name, has_to in module.params.items() if has_to}
    return [
        *(
            Fault(path, who, f"gives no {name}, which {module.path} needs")
            for name in sorted(needed - given)
        ),
        *(
            Fault(path, who, f"gives {name}, which {module.path} does not have")
            for name in sorted(given - set(module.params))
        ),
    ]


def _taken(file: Bicep, symbol: str) -> set[str]:
    """Give the outputs of a module that a file takes."""
    taken = set()
    for node in within(file.root, "member_expression"):
        of, *rest = text_of(node).split(".")
        if of == symbol and len(rest) > 1 and rest[0] == "outputs":
            taken.add(rest[1])
    return taken


def _used(root: Node) -> Iterator[Node]:
    """Find the names that stand for something, and are neither declared nor keys of objects."""
    for node in within(root, "identifier"):
        parent = node.parent
        if parent is None or node.is_missing:
            continue
        declared = (*_DECLARATIONS, "object_property", "for_statement")
        first = parent.named_children[0] == node
        if not (first and parent.type in declared):
            yield node


def _is_called(node: Node) -> bool:
    parent = node.parent
    return (
        parent is not None and parent.type == "call_expression" and parent.named_children[0] == node
    )


def _loops(node: Node | None) -> frozenset[str]:
    """Give the names of the loops that a node stands in."""
    names = set()
    while node is not None:
        if node.type == "for_statement":
            names.add(name_of(node))
        node = node.parent
    return frozenset(names)
