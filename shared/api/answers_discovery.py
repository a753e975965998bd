"""What the app answers with of what can be run: flows, their schemas, connections."""

from shared.api.shapes import FLAG, ID, TEXT, Answer, Free, ListOf, Member, one_of
from shared.domain.flow import FlowState
from shared.domain.request import ConnectionType

FLOW = Answer(
    "Flow",
    "A desktop flow.",
    (
        Member("workflowId", ID, "Desktop Flow", "Its id, which a start names."),
        Member("name", TEXT, "Name", "Its name in Power Automate."),
        Member("description", TEXT, "Description", "What its author says of it.", nullable=True),
        Member(
            "published",
            FLAG,
            "Published",
            "Whether it is published; null where Dataverse does not tell.",
            nullable=True,
        ),
        Member("state", one_of(*FlowState), "State", "Whether Dataverse says it can be run."),
    ),
)
FLOWS = Answer(
    "Flows",
    "A page of desktop flows, by name.",
    (
        Member("value", ListOf(FLOW), "Desktop Flows", "The flows of this page."),
        Member(
            "continuationToken",
            TEXT,
            "Continuation",
            "What the next page is asked with.",
            nullable=True,
        ),
        Member("nextLink", TEXT, "Next Page", "Where the next page is.", optional=True),
    ),
)
FLOW_SCHEMA = Answer(
    "FlowSchema",
    "The JSON Schemas of a desktop flow; null where there is nothing to give or to be given.",
    (
        Member("inputs", Free(), "Inputs", "The schema of its inputs.", nullable=True),
        Member("outputs", Free(), "Outputs", "The schema of its outputs.", nullable=True),
    ),
)
CONNECTION = Answer(
    "Connection",
    "What a start may name as its connection.",
    (
        Member("name", TEXT, "Name", "What a start gives as connectionName."),
        Member("displayName", TEXT, "Display Name", "What people call it."),
        Member(
            "connectionName",
            TEXT,
            "Connection Name",
            "The connection behind it.",
            nullable=True,
        ),
        Member(
            "connectionType",
            one_of(*ConnectionType),
            "Connection Type",
            "What a start gives as connectionType.",
        ),
        Member("usable", FLAG, "Usable", "Whether a run can use it, as far as Dataverse tells."),
        Member("reason", TEXT, "Reason", "Why none can, where none can.", nullable=True),
    ),
)
CONNECTIONS = Answer(
    "Connections",
    "Connection references for desktop flows, and connections that were used before.",
    (Member("value", ListOf(CONNECTION), "Connections", "References first, each by name."),),
)
