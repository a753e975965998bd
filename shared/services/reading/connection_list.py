"""Listing what a run can be started with: connection references, and connections that were used."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.dataverse.models import ConnectionReference
from shared.domain.request import ConnectionType
from shared.services.ports import Catalog
from shared.services.reading.catalog_answers import Answers
from shared.storage.used_connections import UsedConnections


@dataclass(frozen=True, slots=True)
class Connectable:
    """What a start may name. `connection`: the one behind it, None while none is.

    `hindrance`: why no run can use it; None where one can, as far as Dataverse tells.
    """

    name: str
    display_name: str
    connection: str | None
    type: ConnectionType
    hindrance: str | None = None


@dataclass(frozen=True, slots=True)
class ListConnections:
    """Dataverse has no table of connections: those that are listed are what this app has used."""

    catalog: Catalog
    answers: Answers[None, Sequence[ConnectionReference]]
    used: UsedConnections

    def __call__(
        self, only: ConnectionType | None = None, *, others: bool = False
    ) -> list[Connectable]:
        """List references for desktop flows by display name, then connections by name.

        `only`: what to list, if not both. `others`: also the references of other connectors, which
        no run can use. Raises CatalogUnavailableError, CatalogRefusedError and
        StorageUnavailableError.
        """
        found: list[Connectable] = []
        if only is not ConnectionType.CONNECTION:
            found += sorted(self._references(others=others), key=_by_name)
        if only is not ConnectionType.REFERENCE:
            found += sorted(self._used(), key=_by_name)
        return found

    def _references(self, *, others: bool) -> Iterator[Connectable]:
        for each in self.answers.get(None, self.catalog.references):
            if others or each.for_desktop_flows:
                yield _reference(each)

    def _used(self) -> Iterator[Connectable]:
        for name in self.used():
            yield Connectable(name, name, name, ConnectionType.CONNECTION)


def _reference(reference: ConnectionReference) -> Connectable:
    return Connectable(
        name=reference.logical_name,
        display_name=reference.display_name or reference.logical_name,
        connection=reference.connection,
        type=ConnectionType.REFERENCE,
        hindrance=_hindrance(reference),
    )


def _hindrance(reference: ConnectionReference) -> str | None:
    if not reference.for_desktop_flows:
        return "It is for another connector than desktop flows."
    if not reference.active:
        return "It is not active."
    return "No connection is bound to it." if reference.connection is None else None


def _by_name(each: Connectable) -> tuple[str, str]:
    return each.display_name.casefold(), each.name
