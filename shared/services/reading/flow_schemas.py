"""The schemas of a desktop flow: what it takes and what it gives back."""

from dataclasses import dataclass

from shared.dataverse.errors import NotFoundError
from shared.domain.flow_schema import FlowSchema, Side
from shared.domain.guids import read_id
from shared.services.ports import Catalog
from shared.services.reading.catalog_answers import FRESH_SECONDS, Answers

ROOM = 8 * 1024 * 1024
"""How much of schemas a process keeps, in characters."""

LEAST_WEIGHT = 2_000
"""What any schema counts for, so that there are at most some thousands."""


@dataclass(frozen=True, slots=True)
class SchemasOfFlow:
    """Each is None where Dataverse tells of none."""

    inputs: FlowSchema | None
    outputs: FlowSchema | None


@dataclass(frozen=True, slots=True)
class ReadSchemas:
    """`answers`: schemas by flow and side."""

    catalog: Catalog
    answers: Answers[tuple[str, Side], FlowSchema | None]

    def __call__(self, wanted: str) -> SchemasOfFlow | None:
        """Give both schemas of a flow; None if there is none of this id.

        Raises UnreadableSchemaError, CatalogUnavailableError and CatalogRefusedError.
        """
        workflow_id = read_id(wanted)
        if workflow_id is None:
            return None
        try:
            return SchemasOfFlow(self.one(workflow_id, "inputs"), self.one(workflow_id, "outputs"))
        except NotFoundError:
            return None

    def one(
        self,
        workflow_id: str,
        side: Side,
        *,
        within: float = FRESH_SECONDS,
        patient: bool = False,
    ) -> FlowSchema | None:
        """Give the schema of one side, `within` and `patient` as Answers has them.

        Raises NotFoundError if there is no such flow, and what the call above does.
        """

        def ask() -> FlowSchema | None:
            return self.catalog.schema(workflow_id, side)

        return self.answers.get((workflow_id, side), ask, within=within, patient=patient)


def weight(schema: FlowSchema | None) -> int:
    """Say how much room a schema takes."""
    return LEAST_WEIGHT + (0 if schema is None else schema.length)
