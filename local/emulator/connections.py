"""Connections and the references that stand for them, which can be bound anew at any time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from local.emulator.catalogue import (
    BY_CONNECTION,
    DESKTOP_FLOWS,
    REFERENCES,
    ConnectionReference,
    is_connection,
)


@dataclass(frozen=True)
class Binding:
    """What a connection reference stands for."""

    connection: str | None
    active: bool = True


class Connections:
    """Knows which connection a name means at the moment."""

    def __init__(self) -> None:
        self._references: dict[str, ConnectionReference] = {}
        self.reset()

    def reset(self) -> None:
        """Bind all references as in the catalogue."""
        self._references = {one.logical_name.lower(): one for one in REFERENCES}

    @property
    def references(self) -> list[ConnectionReference]:
        return list(self._references.values())

    def bind(
        self, logical_name: str, connection: str | None, *, active: bool
    ) -> ConnectionReference:
        """Let a reference stand for a connection, or for none; ValueError for an unknown name."""
        known = self._references.get(logical_name.lower())
        if known is None:
            names = ", ".join(one.logical_name for one in self.references)
            raise ValueError(f"there is no reference {logical_name!r}; there are {names}")
        bound = replace(known, connection=connection, active=active)
        self._references[logical_name.lower()] = bound
        return bound

    def meant_by(self, name: str, connection_type: int) -> str | None:
        """Return the connection that a run means by this name; None if there is none."""
        if connection_type == BY_CONNECTION:
            return name if is_connection(name) else None
        reference = self._references.get(name.lower())
        if reference is None or not reference.active or reference.connection is None:
            return None
        if reference.connector != DESKTOP_FLOWS:
            return None
        # A connection that was deleted leaves its name behind.
        return reference.connection if is_connection(reference.connection) else None
