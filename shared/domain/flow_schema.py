"""The schema of a desktop flow's inputs or outputs: what Dataverse tells, cleaned to JSON Schema.

Documented are `{"schema": {"type": "object", "properties": {…}}}` and, of each property, `title`,
`description`, `default`, `format`, `type` and `value` (the Dataverse contract, section 3); of types
only `string` and `number`. What cannot be understood is left out, and its property stays.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shared.domain.codes.answers import SCHEMA_UNREADABLE
from shared.domain.errors import BrokerError
from shared.domain.schema_values import choices_in, default_in
from shared.domain.strict_json import InvalidJsonError, compact

Side = Literal["inputs", "outputs"]
"""Which of a flow's two schemas: what it takes, or what it gives back."""

DEPTH_LIMIT = 12
"""How many schemas may stand in one another; those of desktop flows are shallow."""
LENGTH_LIMIT = 2 * 1024 * 1024
"""How long a schema may be, in characters: the column holds half as many."""
PROPERTIES_LIMIT = 5_000
"""How many properties are read, those in others counted: references could multiply them."""
TEXT_LIMIT = 2_000

_TYPES = {
    "string": ("string", None),
    "text": ("string", None),
    "number": ("number", None),
    "numeric": ("number", None),
    "float": ("number", None),
    "double": ("number", None),
    "decimal": ("number", None),
    "integer": ("integer", None),
    "int": ("integer", None),
    "boolean": ("boolean", None),
    "bool": ("boolean", None),
    "array": ("array", None),
    "list": ("array", None),
    "object": ("object", None),
    "customobject": ("object", None),
    "datetime": ("string", "date-time"),
    "date": ("string", "date"),
    "securestring": ("string", "password"),
    "password": ("string", "password"),
}
"""The type and format that a type's name stands for, written small and in letters alone.

All but the two documented ones are guesses at what is told of the other types of Power Automate for
desktop (boolean, list, custom object, datatable); a name that is not here makes a value of no type.
"""

_SECRET_MARKS = frozenset({"sensitive", "issensitive", "secret", "secure", "xmssecret"})
"""Names by which a property may say that it is sensitive; how it does is not documented."""

_FORMAT = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)


class UnreadableSchemaError(BrokerError):
    """What Dataverse tells of a flow's schema cannot be read; the message says why."""

    code = SCHEMA_UNREADABLE


@dataclass(frozen=True, slots=True)
class FlowSchema:
    """A clean JSON Schema of type object; its numbers keep their digits (amounts.py)."""

    document: Mapping[str, Any]
    length: int

    @property
    def properties(self) -> Mapping[str, Mapping[str, Any]]:
        found: Mapping[str, Mapping[str, Any]] = self.document["properties"]
        return found

    @property
    def required(self) -> Sequence[str]:
        found: Sequence[str] = self.document.get("required", ())
        return found


def read_schema(body: Mapping[str, Any]) -> FlowSchema | None:
    """Clean what Dataverse answers, `{}` for an empty body; None where it tells no schema.

    A flow without inputs may be told by no schema, and by one without properties: only the latter
    says that there are none. Raises UnreadableSchemaError.
    """
    told = body.get("schema") if "schema" in body else body if "properties" in body else None
    if told is None or told == {}:
        return None
    if not isinstance(told, dict):
        raise UnreadableSchemaError("it is no JSON object")
    root = _Cleaning(told).object(told, 0, ())
    if root is None:
        return None
    try:
        length = len(compact(root))
    except InvalidJsonError as error:
        raise UnreadableSchemaError(str(error)) from None
    if length > LENGTH_LIMIT:
        raise UnreadableSchemaError(f"it has more than {LENGTH_LIMIT:,} characters")
    return FlowSchema(root, length)


@dataclass(slots=True)
class _Cleaning:
    """Cleans one schema; `root`: what its references point into."""

    root: Mapping[str, Any]
    left: int = PROPERTIES_LIMIT

    def object(
        self, told: Mapping[str, Any], depth: int, behind: tuple[str, ...]
    ) -> dict[str, Any] | None:
        """Clean a schema of an object; None where it tells of no properties."""
        properties = told.get("properties")
        if properties is None:
            return None
        if not isinstance(properties, dict):
            raise UnreadableSchemaError("its properties are no JSON object")
        clean: dict[str, Any] = {
            "type": "object",
            "properties": {
                name: self._property(each, depth + 1, behind) for name, each in properties.items()
            },
        }
        required = list(_required(told, properties))
        return clean | ({"required": required} if required else {})

    def _property(self, told: Any, depth: int, behind: tuple[str, ...]) -> dict[str, Any]:
        if depth > DEPTH_LIMIT:
            raise UnreadableSchemaError(f"it is nested more than {DEPTH_LIMIT} levels deep")
        self.left -= 1
        if self.left < 0:
            raise UnreadableSchemaError(f"it has more than {PROPERTIES_LIMIT:,} properties")
        told, behind = self._pointed_at(told, behind)
        clean: dict[str, Any] = {name: _text(told.get(name)) for name in ("title", "description")}
        clean["type"], clean["format"] = kind, form = _type_of(told)
        clean = {name: said for name, said in clean.items() if said}
        secret = form == "password" or _is_secret(told)
        choices = choices_in(told.get("enum"), kind)
        clean |= {"enum": choices} if choices else {}
        default = None if secret else default_in(told.get("default"), kind)
        clean |= {} if default is None else {"default": default}
        if kind == "object":
            clean |= self.object(told, depth, behind) or {}
        elif kind == "array" and isinstance(told.get("items"), dict):
            clean["items"] = self._property(told["items"], depth + 1, behind)
        return clean

    def _pointed_at(
        self, told: Any, behind: tuple[str, ...]
    ) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        """Follow a reference into this schema; one that leads elsewhere says nothing."""
        while isinstance(told, dict) and isinstance(told.get("$ref"), str):
            pointer = told["$ref"]
            if pointer in behind:
                raise UnreadableSchemaError("it refers to itself")
            behind = (*behind, pointer)
            told = self._found(pointer)
        return told if isinstance(told, dict) else {}, behind

    def _found(self, pointer: str) -> Any:
        found: Any = self.root if pointer.startswith("#") else None
        for step in pointer.split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
        return found


def _type_of(told: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Read type and format; a type that nobody knows is none, sensitive text is a password."""
    named = told.get("type")
    if isinstance(named, list):  # JSON Schema's way to say that it may be null
        others = [each for each in named if each != "null"]
        named = others[0] if len(others) == 1 else None
    letters = re.sub(r"[^a-z]", "", named.lower()) if isinstance(named, str) else ""
    kind, form = _TYPES.get(letters, (None, None))
    given = told.get("format")
    if form is None and isinstance(given, str) and _FORMAT.fullmatch(given.strip().lower()):
        form = given.strip().lower()
    return kind, "password" if kind == "string" and _is_secret(told) else form


def _is_secret(told: Mapping[str, Any]) -> bool:
    return any(
        value is True and re.sub(r"[^a-z]", "", name.lower()) in _SECRET_MARKS
        for name, value in told.items()
    )


def _required(told: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[str]:
    """List the names that are said to be required, of an object or by the property itself."""
    listed = told.get("required")
    names = listed if isinstance(listed, list) else []
    for name, each in properties.items():
        if name in names or (isinstance(each, dict) and each.get("required") is True):
            yield name


def _text(value: Any) -> str:
    return value.strip()[:TEXT_LIMIT] if isinstance(value, str) else ""
