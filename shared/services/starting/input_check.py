"""Checking a start's inputs against the schema of its desktop flow, where the start asks for it."""

from dataclasses import dataclass
from typing import Protocol

from shared.dataverse.errors import NotFoundError
from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.flow_schema import FlowSchema, Side, UnreadableSchemaError
from shared.domain.input_faults import input_faults
from shared.domain.request import StartRequest

ACCEPTS_WITHIN_SECONDS = 600.0
"""How old a schema may be by which inputs are accepted: Dataverse decides about them anyway."""

REFUSES_WITHIN_SECONDS = 5.0
"""How old one may be by which they are refused: the flow may have been changed a minute ago."""


class InputSchemas(Protocol):
    """What services/reading/flow_schemas.py has of it."""

    def one(
        self, workflow_id: str, side: Side, *, within: float, patient: bool
    ) -> FlowSchema | None: ...


@dataclass(frozen=True, slots=True)
class CheckInputs:
    """A schema that Dataverse does not tell refuses nothing."""

    schemas: InputSchemas

    def __call__(self, start: StartRequest) -> None:
        """Raise InvalidRequestError with each fault of the inputs, or of the flow's id.

        Inputs are refused by what Dataverse said just now, or by what it said last while it cannot
        be asked. Raises CatalogUnavailableError and CatalogRefusedError if no schema can be had.
        """
        if self._faults(start, ACCEPTS_WITHIN_SECONDS):
            faults = self._faults(start, REFUSES_WITHIN_SECONDS)
            if faults:
                raise InvalidRequestError(*faults)

    def _faults(self, start: StartRequest, within: float) -> list[Fault]:
        workflow_id = start.run.workflow_id
        patient = within <= REFUSES_WITHIN_SECONDS
        try:
            schema = self.schemas.one(workflow_id, "inputs", within=within, patient=patient)
        except NotFoundError:
            message = "is no desktop flow that Dataverse shows to this app"
            return [Fault("workflowId", "FlowNotFound", message)]
        except UnreadableSchemaError as error:
            message = f"cannot be done: the schema of the flow's inputs cannot be read: {error}"
            return [Fault("validateInputs", "SchemaUnreadable", message)]
        return [] if schema is None else input_faults(schema, start.inputs)
