"""The catalog of Dataverse: which desktop flows there are, what they take and give, by which names.

Only narrow columns are selected: those that hold a flow's definition are known to make a list time
out (the Dataverse contract, section 3).
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any

from shared.dataverse import edge, models
from shared.dataverse.columns import Columns
from shared.dataverse.errors import NotFoundError, UnreadableError
from shared.dataverse.web_api import WebApi
from shared.domain.flow import DesktopFlow, FlowState
from shared.domain.flow_schema import FlowSchema, Side, UnreadableSchemaError, read_schema
from shared.telemetry import event

ROWS_LIMIT = 10_000
"""How many rows a list holds at most: so many are read, in the order of their names."""

DRAFTS = {"MSCRM.IncludeUnpublished": "true"}
"""Asks for drafts as well."""

FLOW_COLUMNS = ("workflowid", "name")
OPTIONAL_FLOW_COLUMNS = ("description", "statecode", "componentstate", "type")

_DESKTOP_FLOW = 6
_PUBLISHED = 0
_ACTIVATION = 2
_DELETED = (2, 3)
_STATES: dict[int | None, FlowState] = {
    0: FlowState.DRAFT,
    1: FlowState.ACTIVATED,
    2: FlowState.SUSPENDED,
}
_NAME_LIMIT = 200
_DESCRIPTION_LIMIT = 2_000


class CatalogClient:
    """Reads one environment; safe to use from several threads.

    Every method raises a DataverseError, as those of client.py do.
    """

    def __init__(self, api: WebApi) -> None:
        self._api = api
        self._columns = Columns(FLOW_COLUMNS, OPTIONAL_FLOW_COLUMNS)

    def flows(self, *, drafts: bool) -> tuple[DesktopFlow, ...]:
        """List the desktop flows that are published, or drafts as well, each once, by name."""
        where = f"$filter=category%20eq%20{_DESKTOP_FLOW}&$orderby=name"
        headers = DRAFTS if drafts else {}
        rows = self._columns.select(
            lambda columns: self._listed(f"workflows?$select={columns}&{where}", headers)
        )
        found: dict[str, DesktopFlow] = {}
        for row in rows:
            flow = _flow(row)
            # A draft of a published flow may stand beside it: the published one is run.
            if flow is not None and not (flow.id in found and found[flow.id].published):
                found[flow.id] = flow
        return tuple(found.values())

    def schema(self, workflow_id: str, side: Side) -> FlowSchema | None:
        """Read the schema of a flow's inputs or outputs; None where Dataverse tells of none.

        Which answer says so is not documented: 204, 404, an empty body and `{}` all do. As 404 is
        also the answer where the flow is a draft, or there is none, it is looked for then: raises
        NotFoundError if there is none. Raises UnreadableSchemaError.
        """
        with suppress(NotFoundError):
            return self._schema(workflow_id, side, {})
        if self._is_published(workflow_id):
            return None
        with suppress(NotFoundError):
            return self._schema(workflow_id, side, DRAFTS)
        return None

    def references(self) -> tuple[models.ConnectionReference, ...]:
        """List the connection references of all connectors, by their display names."""
        columns = ",".join(models.REFERENCE_COLUMNS)
        query = f"connectionreferences?$select={columns}&$orderby=connectionreferencedisplayname"
        found = []
        for row in self._listed(query, {}):
            with suppress(AttributeError, KeyError, TypeError, ValueError):
                found.append(models.reference(row))
        return tuple(found)

    def _listed(self, query: str, headers: Mapping[str, str]) -> Sequence[Any]:
        rows: Iterator[Any] = self._api.rows(query, headers=headers)
        found = list(islice(rows, ROWS_LIMIT))
        if len(found) == ROWS_LIMIT and next(rows, None) is not None:
            what = query.partition("?")[0]
            event("catalog.cut", level=logging.WARNING, what=what, rows=ROWS_LIMIT)
        return found

    def _schema(
        self, workflow_id: str, side: Side, headers: Mapping[str, str]
    ) -> FlowSchema | None:
        try:
            body = self._api.call("GET", f"workflows({workflow_id})/{side}/$value", headers=headers)
        except UnreadableError as error:
            raise UnreadableSchemaError(str(error)) from error
        return read_schema(body)

    def _is_published(self, workflow_id: str) -> bool:
        """Say whether a desktop flow is known to be published; raises NotFoundError if none is."""
        row = self._columns.select(
            lambda columns: self._api.call(
                "GET", f"workflows({workflow_id})?$select={columns}", headers=DRAFTS
            )
        )
        return edge.whole(row.get("componentstate")) == _PUBLISHED


def _flow(row: Any) -> DesktopFlow | None:
    """Read a row of `workflows`; None for one without an id, and for what is none to be run.

    That is a copy that an activation made, and one that is deleted.
    """
    if not isinstance(row, Mapping) or edge.whole(row.get("type")) == _ACTIVATION:
        return None
    found, component = edge.row_id(row.get("workflowid")), edge.whole(row.get("componentstate"))
    if found is None or component in _DELETED:
        return None
    return DesktopFlow(
        id=found,
        name=edge.text(row.get("name"), _NAME_LIMIT) or found,
        description=edge.text(row.get("description"), _DESCRIPTION_LIMIT),
        published=None if component is None else component == _PUBLISHED,
        state=_STATES.get(edge.whole(row.get("statecode")), FlowState.UNKNOWN),
    )
