"""Bicep files as trees: what they declare, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import tree_sitter
import tree_sitter_bicep

from local.infra_checks.sources import Sources

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))
_BODIES = ("if_statement", "for_statement")
_NAME, _TYPE = 1, 2

Node = tree_sitter.Node


@dataclass(frozen=True, slots=True)
class Resource:
    """`body`: the object of its properties; `existing`: it is not made, only referred to."""

    symbol: str
    type: str
    version: str
    body: Node
    existing: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A module that is called: from which path, and with which parameters."""

    symbol: str
    path: str
    given: dict[str, Node]


@dataclass(frozen=True, slots=True)
class Bicep:
    """`params`: by name, whether one has to be given; `variables`: by name, their values.

    `allowed`: the values that a parameter may have, of those where it is said; `defaults`: what
    parameters are if they are not given.
    """

    path: str
    root: Node
    params: dict[str, bool]
    variables: dict[str, Node]
    allowed: dict[str, frozenset[str]]
    defaults: dict[str, Node]
    resources: tuple[Resource, ...]
    calls: tuple[Call, ...]
    outputs: frozenset[str]

    @property
    def symbols(self) -> frozenset[str]:
        """All names that an expression of the file may use."""
        resources = [each.symbol for each in self.resources]
        calls = [each.symbol for each in self.calls]
        return frozenset((*self.params, *self.variables, *resources, *calls))


def files(sources: Sources) -> list[Bicep]:
    """Parse the templates; a file of parameters is none."""
    return [parse(path, text) for path, text in sources.of(".bicep").items()]


@lru_cache(maxsize=256)
def parse(path: str, text: str) -> Bicep:
    """Read a file, as far as its syntax holds."""
    root = _PARSER.parse(text.encode()).root_node
    named: dict[str, list[Node]] = {}
    for node in root.named_children:
        named.setdefault(node.type, []).append(node)
    params = named.get("parameter_declaration", [])
    return Bicep(
        path=path,
        root=root,
        params={name_of(each): _needed(each) for each in params},
        allowed={name_of(each): _allowed(each) for each in params if _allowed(each)},
        defaults={
            name_of(each): each.named_children[-1]
            for each in params
            if len(each.named_children) > _TYPE
        },
        variables={
            name_of(each): each.named_children[-1] for each in named.get("variable_declaration", [])
        },
        resources=tuple(map(_resource, named.get("resource_declaration", []))),
        calls=tuple(map(_call, named.get("module_declaration", []))),
        outputs=frozenset(map(name_of, named.get("output_declaration", []))),
    )


def text_of(node: Node) -> str:
    return (node.text or b"").decode()


def name_of(declaration: Node) -> str:
    """Give the name that a declaration is for."""
    return text_of(declaration.named_children[0])


def within(node: Node, *types: str) -> Iterator[Node]:
    """Find nodes of these types in a tree, its root included."""
    if node.type in types:
        yield node
    for child in node.children:
        yield from within(child, *types)


def literal(node: Node | None) -> str | None:
    """Give a string's text; None if it is no string, or one that something is put into."""
    if node is None or node.type != "string" or any(within(node, "interpolation")):
        return None
    return "".join(text_of(child) for child in node.named_children)


def properties(body: Node) -> dict[str, Node]:
    """Give an object's properties by name, with or without quotation marks."""
    found = {}
    for pair in (child for child in body.named_children if child.type == "object_property"):
        key, *value = pair.named_children
        if value:
            found[literal(key) or text_of(key)] = value[-1]
    return found


def line_of(node: Node) -> int:
    return int(node.start_point[0]) + 1


def broken(root: Node) -> Iterator[Node]:
    """Find what the parser could not read."""
    yield from within(root, "ERROR")
    yield from (node for node in _all(root) if node.is_missing)


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _all(child)


def _needed(declaration: Node) -> bool:
    """Say whether a parameter has no default, and may not be null."""
    optional = any(each.type == "nullable_type" for each in declaration.named_children)
    return len(declaration.named_children) <= _TYPE and not optional


def _allowed(declaration: Node) -> frozenset[str]:
    """Read the decorator that lists a parameter's values; none: it has no such list."""
    before = declaration.prev_named_sibling
    if before is None or before.type != "decorators":
        return frozenset()
    for call in within(before, "call_expression"):
        if name_of(call) == "allowed":
            return frozenset(text for each in within(call, "string") if (text := literal(each)))
    return frozenset()


def _body(declaration: Node) -> Node:
    """Give the object of a declaration, with or without a condition or a loop around it."""
    last = declaration.named_children[-1]
    return last.named_children[-1] if last.type in _BODIES else last


def _resource(declaration: Node) -> Resource:
    kind, _, version = (literal(declaration.named_children[_NAME]) or "").partition("@")
    return Resource(
        symbol=name_of(declaration),
        type=kind,
        version=version,
        body=_body(declaration),
        existing=any(child.type == "existing" for child in declaration.children),
    )


def _call(declaration: Node) -> Call:
    given = properties(_body(declaration)).get("params")
    return Call(
        symbol=name_of(declaration),
        path=literal(declaration.named_children[_NAME]) or "",
        given=properties(given) if given is not None else {},
    )
