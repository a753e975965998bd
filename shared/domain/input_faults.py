"""What of a start's inputs does not fit the schema of its desktop flow, each fault with its input.

Careful where no document says what Dataverse takes, since it decides: null passes where an input is
not required, as an input that is marked optional may be blank; an input is missing only where the
schema itself requires it; of types that no document names a text passes that holds such a value.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from shared.domain.amounts import exact, same_number
from shared.domain.faults import Fault
from shared.domain.flow_schema import FlowSchema
from shared.domain.strict_json import InvalidJsonError, compact, parse

TOLD = 50
"""How many faults are told of one start's inputs."""

NAME_LIMIT = 100
_NAMES_TOLD = 20
_NAMES_COMPARED = 200
_MUST_BE = {
    "string": "must be a string",
    "number": "must be a number",
    "integer": "must be a whole number",
    "boolean": "must be true or false",
    "array": "must be an array",
    "object": "must be an object",
}


def input_faults(schema: FlowSchema, inputs: str | None) -> list[Fault]:
    """List what is wrong with inputs, given as the JSON text of an object; None are none."""
    given: dict[str, Any] = {} if inputs is None else parse(inputs.encode())
    return list(islice(_faults(schema, given), TOLD))


def _faults(schema: FlowSchema, given: Mapping[str, Any]) -> Iterator[Fault]:
    properties = schema.properties
    for name in given:
        if name not in properties:
            message = _unknown(name, properties)
            yield Fault(f"inputs.{name[:NAME_LIMIT]}", "UnknownInput", message)
    yield from _of_object("inputs", given, properties, schema.required)


def _of_object(
    path: str,
    given: Mapping[str, Any],
    properties: Mapping[str, Mapping[str, Any]],
    required: Sequence[str],
) -> Iterator[Fault]:
    needs = frozenset(required)
    for name, schema in properties.items():
        target, needed = f"{path}.{name[:NAME_LIMIT]}", name in needs
        value = given.get(name)
        if name not in given or value is None:
            if needed and (name in given or "default" not in schema):
                yield Fault(target, "MissingField", "is required")
        else:
            yield from _of_value(target, value, schema)


def _of_value(target: str, value: Any, schema: Mapping[str, Any]) -> Iterator[Fault]:
    kind = schema.get("type")
    if kind is not None and not _is_of(value, kind):
        yield Fault(target, "InvalidValue", _MUST_BE[kind])
    elif "enum" in schema and not any(_same(value, each) for each in schema["enum"]):
        choices = ", ".join(compact(each) for each in schema["enum"][:_NAMES_TOLD])
        more = ", …" if len(schema["enum"]) > _NAMES_TOLD else ""
        yield Fault(target, "InvalidValue", f"must be one of {choices}{more}")
    elif isinstance(value, dict):
        properties, required = schema.get("properties", {}), schema.get("required", ())
        yield from _of_object(target, value, properties, required)
    elif isinstance(value, list) and "items" in schema:
        for position, item in enumerate(value):
            if item is not None:
                yield from _of_value(f"{target}[{position}]", item, schema["items"])


def _is_of(value: Any, kind: str) -> bool:
    """Say whether a value may be of a type; a text may hold a value of some."""
    match kind:
        case "string":
            return isinstance(value, str)
        case "number" | "integer":
            return _is_number(value, whole=kind == "integer")
        case "boolean":
            return isinstance(value, bool) or isinstance(_held_in(value), bool)
        case _:
            wanted = list if kind == "array" else dict
            return isinstance(value, wanted) or isinstance(_held_in(value), wanted)


def _is_number(value: Any, *, whole: bool) -> bool:
    if isinstance(value, bool | str | list | dict):
        return False
    number = exact(value)
    return not whole or number is None or number == number.to_integral_value()


def _held_in(text: Any) -> Any:
    """Read the value that a text holds, None if it holds none; True and False in any case."""
    if not isinstance(text, str):
        return None
    try:
        return parse((text.lower() if text.lower() in ("true", "false") else text).encode())
    except InvalidJsonError:
        return None


def _same(value: Any, choice: Any) -> bool:
    if isinstance(value, bool) or isinstance(choice, bool):
        return value is choice
    return same_number(value, choice) or (isinstance(value, str) and value == choice)


def _unknown(name: str, properties: Mapping[str, Mapping[str, Any]]) -> str:
    meant = _meant_by(name, properties)
    if meant is not None:
        return f"is not an input of this flow; did you mean {meant[:NAME_LIMIT]!r}?"
    if not properties:
        return "is not an input of this flow; it has none"
    names = [repr(each[:NAME_LIMIT]) for each in properties]
    more = ", …" if len(names) > _NAMES_TOLD else ""
    return f"is not an input of this flow; these are: {', '.join(names[:_NAMES_TOLD])}{more}"


def _meant_by(name: str, properties: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Find the input that was meant by a name: in another case, by its title, or a near miss."""
    from difflib import get_close_matches  # noqa: PLC0415 - dear, and needed for a fault alone

    known = dict[str, str]()
    for each, schema in islice(properties.items(), _NAMES_COMPARED):
        known.setdefault(str(schema.get("title", each))[:NAME_LIMIT].casefold(), each)
    for each in islice(properties, _NAMES_COMPARED):
        known[each[:NAME_LIMIT].casefold()] = each
    near = get_close_matches(name[:NAME_LIMIT].casefold(), known, n=1)
    return known[near[0]] if near else None
