"""The app's source as trees: which codes stand in it as texts."""

import ast
from collections.abc import Iterator
from pathlib import Path

import shared
from shared.domain.codes import Kind

SHARED = Path(shared.__file__).parent
MODULES = {path: ast.parse(path.read_text()) for path in sorted(SHARED.rglob("*.py"))}

_CALLS = (
    ("RunError", 0, Kind.RUN),
    ("Fault", 1, Kind.FIELD),
    ("Waiting", 0, Kind.WAIT),
    ("Setback", 0, Kind.WAIT),
    ("Pause", 1, Kind.WAIT),
)
"""What is made with a code, and as which of its arguments."""


def calls_of(name: str) -> Iterator[tuple[Path, ast.Call]]:
    """Find the calls of a function or class, wherever it comes from."""
    for path, module in MODULES.items():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and name in (_name(node.func), _attribute(node.func)):
                yield path, node


def argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    by_name = {word.arg: word.value for word in call.keywords}
    return call.args[position] if len(call.args) > position else by_name.get(name)


def codes_in_the_source() -> Iterator[tuple[str, Kind]]:
    """Find each code that stands in the app's source as a text, and where it is met."""
    for name, position, kind in _CALLS:
        for _, call in calls_of(name):
            yield from ((text, kind) for text in texts_of(argument(call, position, "code")))
    for module in MODULES.values():
        for node in ast.walk(module):
            yield from ((text, Kind.ANSWER) for text in texts_of(_assigned_code(node)))


def texts_of(expression: ast.expr | None) -> list[str]:
    """List the texts that an expression may give, as far as it holds them itself."""
    match expression:
        case ast.Constant(value=str(text)) if text:
            return [text]
        case ast.BoolOp(values=values):
            return [text for value in values for text in texts_of(value)]
        case ast.IfExp(body=body, orelse=other):
            return [*texts_of(body), *texts_of(other)]
    return []


def _assigned_code(node: ast.AST) -> ast.expr | None:
    """Give the value that is assigned to a name or an attribute `code`."""
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return None
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    named = any("code" in (_name(target), _attribute(target)) for target in targets)
    return node.value if named else None


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _attribute(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""
