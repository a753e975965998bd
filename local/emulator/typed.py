"""JSON objects read into dataclasses, with every field's type checked."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Kind = TypeVar("Kind", bound="DataclassInstance")


def checked(kind: type[DataclassInstance], fields: Any) -> dict[str, Any]:
    """Return the fields if the dataclass `kind` has them; ValueError names one it has not."""
    if not isinstance(fields, Mapping):
        raise ValueError("a JSON object is expected")  # noqa: TRY004  # it is the value of JSON
    hints = get_type_hints(kind)
    for name, value in fields.items():
        if name not in hints:
            raise ValueError(f"there is no field {name!r}; there are {', '.join(hints)}")
        if not _fits(value, hints[name]):
            raise ValueError(f"the field {name!r} must be {hints[name]}, not {value!r}")
    # JSON has lists where a frozen dataclass has tuples.
    return {
        name: tuple(value) if get_origin(hints[name]) is tuple else value
        for name, value in fields.items()
    }


def read(kind: type[Kind], fields: Any) -> Kind:
    """Make a dataclass of a JSON object; ValueError says what does not fit."""
    given = checked(kind, fields)
    try:
        return kind(**given)
    except TypeError as error:  # a required field is missing
        raise ValueError(str(error)) from None


def changed(value: Kind, fields: Any) -> Kind:
    """Return the dataclass with some of its fields replaced; ValueError as in `read`."""
    return replace(value, **checked(type(value), fields))


def _fits(value: Any, kind: Any) -> bool:
    if kind is Any:
        return True
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return any(_fits(value, one) for one in arguments)
    if origin is Literal:
        return value in arguments and type(value) in map(type, arguments)
    if kind is float:
        return type(value) in (int, float)
    if origin in (dict, tuple):
        return _fits_all(value, origin, arguments)
    # type() and not isinstance(): JSON's true is no number.
    return type(value) is (origin or kind)


def _fits_all(value: Any, origin: Any, arguments: tuple[Any, ...]) -> bool:
    if origin is dict:
        return type(value) is dict and all(_fits(one, arguments[1]) for one in value.values())
    return type(value) in (list, tuple) and all(_fits(one, arguments[0]) for one in value)
