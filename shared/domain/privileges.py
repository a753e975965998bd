"""The privileges that the app's user needs in Dataverse, by name, and what fails without each.

Microsoft's least rights for running desktop flows, and Read on Flow Session, which they leave out
(docs/deploy.md, "Roles"). A privilege is named prv, verb and table; case does not count.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Privilege:
    """`table` and `verb`: as Power Platform's admin centre shows them.

    `without`: what does not work. `documented`: whether its name stands in a document; the names of
    the others are made as all are. `readable`: the table's entity set and a column, where trying
    to read tells whether it is held.
    """

    name: str
    verb: str
    table: str
    without: str
    documented: bool = True
    readable: tuple[str, str] | None = None


_SESSION, _BINARY = "Flow Session", "Workflow Binary"
_STARTS = "No run starts."

PRIVILEGES = (
    Privilege("prvCreateflowsession", "Create", _SESSION, _STARTS),
    Privilege(
        "prvReadflowsession",
        "Read",
        _SESSION,
        "Runs start, and nobody learns how they end.",
        readable=("flowsessions", "flowsessionid"),
    ),
    Privilege("prvWriteflowsession", "Write", _SESSION, "No run starts, and none is cancelled."),
    Privilege("prvAppendflowsession", "Append", _SESSION, _STARTS),
    Privilege("prvAppendToflowsession", "Append To", _SESSION, _STARTS),
    Privilege("prvCreateworkflowbinary", "Create", _BINARY, _STARTS, documented=False),
    Privilege(
        "prvReadworkflowbinary", "Read", _BINARY, "Outputs cannot be read.", documented=False
    ),
    Privilege("prvWriteworkflowbinary", "Write", _BINARY, _STARTS, documented=False),
    Privilege("prvAppendworkflowbinary", "Append", _BINARY, _STARTS, documented=False),
    Privilege("prvAppendToworkflowbinary", "Append To", _BINARY, _STARTS, documented=False),
    Privilege(
        "prvReadWorkflow",
        "Read",
        "Process",
        "No run starts, and desktop flows are not listed.",
        readable=("workflows", "workflowid"),
    ),
    Privilege("prvReaddesktopflowbinary", "Read", "Desktop Flow Binary", _STARTS, documented=False),
    Privilege(
        "prvReadconnectionreference",
        "Read",
        "Connection Reference",
        "Starts that name a connection reference are refused, and connections are not listed.",
        readable=("connectionreferences", "connectionreferenceid"),
    ),
)
