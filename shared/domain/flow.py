"""Desktop flows as they are listed: what can be run, by name."""

from dataclasses import dataclass
from enum import StrEnum


class FlowState(StrEnum):
    """Whether Dataverse says that a desktop flow can be run (`statecode` of `workflow`)."""

    DRAFT = "Draft"
    ACTIVATED = "Activated"
    SUSPENDED = "Suspended"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class DesktopFlow:
    """`published`: None where Dataverse does not tell."""

    id: str
    name: str
    description: str | None
    published: bool | None
    state: FlowState
