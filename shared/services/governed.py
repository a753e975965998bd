"""Dataverse, governed: every call of every kind is counted, so that no caller can forget it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from shared.dataverse.models import ConnectionReference, Submitted
from shared.domain.allowance import Allowance
from shared.domain.flow import DesktopFlow
from shared.domain.flow_schema import FlowSchema, Side
from shared.domain.request import RunRequest
from shared.domain.session import FlowSession, Mark
from shared.services.governor import Governor, Kind
from shared.services.ports import Catalog, Dataverse, Result, TellsAllowance


@dataclass(frozen=True, slots=True)
class _Meter:
    """Counts calls; `tells`: who knows what Dataverse said last that is left to its user."""

    governor: Governor
    tells: TellsAllowance

    def __call__(self, kind: Kind, call: Callable[[], Result]) -> Result:
        begun = self.governor.begin(kind)
        try:
            result = call()
        except BaseException as error:
            self.governor.end(begun, error, self.tells.allowance())
            raise
        self.governor.end(begun, None, self.tells.allowance())
        return result


class GovernedDataverse:
    """The Dataverse that services are given."""

    def __init__(self, dataverse: Dataverse, governor: Governor) -> None:
        self._dataverse = dataverse
        self._metered = _Meter(governor, dataverse)

    def prepare(self) -> None:
        self._dataverse.prepare()  # asks for a token, and Dataverse for nothing

    def ahead(self) -> int | None:
        return self._dataverse.ahead()

    def allowance(self) -> Allowance | None:
        return self._dataverse.allowance()

    def run_desktop_flow(
        self,
        request: RunRequest,
        inputs: str | None,
        callback_url: str | None,
        *,
        submission_id: str,
        seconds: float,
    ) -> Submitted:
        return self._metered(
            Kind.SUBMISSION,
            lambda: self._dataverse.run_desktop_flow(
                request, inputs, callback_url, submission_id=submission_id, seconds=seconds
            ),
        )

    def session(self, session_id: str) -> FlowSession:
        return self._metered(Kind.LOOK, lambda: self._dataverse.session(session_id))

    def sessions(self, ids: Sequence[str]) -> dict[str, FlowSession]:
        return self._metered(Kind.LOOK, lambda: self._dataverse.sessions(ids))

    def sessions_marked(self, marks: Sequence[Mark]) -> list[FlowSession]:
        return self._metered(Kind.LOOK, lambda: self._dataverse.sessions_marked(marks))

    def sessions_since(self, workflow_id: str, created_from: int) -> list[FlowSession]:
        return self._metered(
            Kind.LOOK, lambda: self._dataverse.sessions_since(workflow_id, created_from)
        )

    def inputs(self, session_id: str) -> dict[str, Any] | None:
        return self._metered(Kind.LOOK, lambda: self._dataverse.inputs(session_id))

    def outputs(self, session_id: str) -> dict[str, Any] | None:
        return self._metered(Kind.LOOK, lambda: self._dataverse.outputs(session_id))

    def cancel(self, session_id: str) -> None:
        self._metered(Kind.CANCEL, lambda: self._dataverse.cancel(session_id))

    def connection_reference(self, logical_name: str) -> ConnectionReference | None:
        return self._metered(
            Kind.CATALOG, lambda: self._dataverse.connection_reference(logical_name)
        )


class GovernedCatalog:
    """The catalog that services are given: its calls are the same user's."""

    def __init__(self, catalog: Catalog, tells: TellsAllowance, governor: Governor) -> None:
        self._catalog = catalog
        self._metered = _Meter(governor, tells)

    def flows(self, *, drafts: bool) -> Sequence[DesktopFlow]:
        return self._metered(Kind.CATALOG, lambda: self._catalog.flows(drafts=drafts))

    def schema(self, workflow_id: str, side: Side) -> FlowSchema | None:
        return self._metered(Kind.CATALOG, lambda: self._catalog.schema(workflow_id, side))

    def references(self) -> Sequence[ConnectionReference]:
        return self._metered(Kind.CATALOG, self._catalog.references)
