"""A catalog that tells of nothing: the simulation's runs are started without asking it."""

from collections.abc import Sequence

from shared.dataverse.models import ConnectionReference
from shared.domain.flow import DesktopFlow
from shared.domain.flow_schema import FlowSchema, Side


class SilentCatalog:
    def flows(self, *, drafts: bool) -> Sequence[DesktopFlow]:
        del drafts
        return ()

    def schema(self, workflow_id: str, side: Side) -> FlowSchema | None:
        del workflow_id, side
        return None

    def references(self) -> Sequence[ConnectionReference]:
        return ()
