"""Listing desktop flows: by name, page by page.

The whole list is read from Dataverse and kept for a minute, and searched and paged here: so pages
and searches cost nothing, names compare without regard to case whatever Dataverse's collation, and
nothing rests on what it makes of `contains`, of page sizes or of sorting.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared.domain.faults import Fault, InvalidRequestError
from shared.domain.flow import DesktopFlow
from shared.domain.guids import read_id
from shared.domain.page_tokens import place_of_token, token_of
from shared.domain.queries import FLOWS_TOP_DEFAULT
from shared.services.ports import Catalog
from shared.services.reading.catalog_answers import Answers

Place = tuple[str, str]
"""Where a flow stands: its name without regard to case, and its id."""


@dataclass(frozen=True, slots=True)
class FlowsRequest:
    """Which flows to list: those after the token whose names hold the text, at most `top`."""

    drafts: bool = False
    search: str | None = None
    top: int = FLOWS_TOP_DEFAULT
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ListedFlows:
    """Flows by name, and the token to go on with; None at the end."""

    flows: tuple[DesktopFlow, ...]
    continuation_token: str | None


@dataclass(frozen=True, slots=True)
class ListFlows:
    """`answers`: lists as Dataverse gave them, those with drafts by themselves."""

    catalog: Catalog
    answers: Answers[bool, Sequence[DesktopFlow]]

    def __call__(self, request: FlowsRequest) -> ListedFlows:
        """List flows.

        Raises InvalidRequestError, CatalogUnavailableError and CatalogRefusedError.
        """
        after = None if request.after is None else _decode(request.after)
        text = (request.search or "").casefold()
        found = [flow for flow in self._all(drafts=request.drafts) if text in flow.name.casefold()]
        found = [flow for flow in found if after is None or _place(flow) > after]
        page = tuple(found[: request.top])
        return ListedFlows(
            page, token_of(json.dumps(_place(page[-1]))) if len(found) > request.top else None
        )

    def _all(self, *, drafts: bool) -> Sequence[DesktopFlow]:
        return self.answers.get(drafts, lambda: self._ask(drafts=drafts))

    def _ask(self, *, drafts: bool) -> Sequence[DesktopFlow]:
        """Ask for a list; where it does not tell what is published, compare with what is."""
        flows = self.catalog.flows(drafts=drafts)
        if any(flow.published is None for flow in flows):
            published = {
                flow.id for flow in (self.catalog.flows(drafts=False) if drafts else flows)
            }
            flows = [
                replace(flow, published=flow.id in published) if flow.published is None else flow
                for flow in flows
            ]
        return sorted(flows, key=_place)


def _place(flow: DesktopFlow) -> Place:
    return flow.name.casefold(), flow.id


def _decode(token: str) -> Place:
    try:
        name, flow_id = json.loads(place_of_token(token) or "")
    except (ValueError, TypeError, RecursionError):
        name = flow_id = None
    if not isinstance(name, str) or read_id(flow_id) is None:
        raise InvalidRequestError(
            Fault("continuationToken", "InvalidValue", "must be a token of an earlier answer")
        )
    return name, str(flow_id)
