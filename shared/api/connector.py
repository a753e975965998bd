"""The connector of Power Platform: which calls makers are given, by which names, and how.

Whatever is said of a call elsewhere holds here too; this table has only what a maker is told
otherwise, and what helps him to choose.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.fields import Visibility
from shared.domain.request import ConnectionType

TITLE = "Desktop Flow Broker"
ABOUT = (
    "Runs desktop flows for cloud flows, apps and services: each run once, no faster than its"
    " connection allows, and none lost. Start a run and go on, wait for its end with its outputs,"
    " or be told whenever one ends."
)
BRAND_COLOUR = "#0b5c63"
TEST_OPERATION = "ListLanes"
"""A call that needs the key, takes nothing, and asks nobody but storage."""

SCHEMA_OPERATION = "GetFlowSchema"
FLOW_FIELD = "workflowId"
"""What names the flow whose schema is asked for, there and wherever one is chosen."""


@dataclass(frozen=True, slots=True)
class Tool:
    """An operation of the connector, made of the call of the API whose id is `call`.

    `needs`: what has to be given here though the call could do without. `without`: what is not
    offered. `result`: the call that answers at last what this one leads to. `shown`: the status
    whose body is declared on 200 too, the only one at which a designer looks for outputs. `hint`:
    of a trigger, how to see it work.
    """

    id: str
    call: str
    summary: str
    help: str
    visibility: Visibility = Visibility.NORMAL
    needs: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    result: str | None = None
    shown: int | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Picker:
    """A list to choose a value from. `constants`: what its operation is always given.

    `follows`: its parameters that have the value of the field of the same name, where there is one.
    """

    operation: str
    value: str
    title: str
    constants: Mapping[str, Any] = field(default_factory=dict)
    follows: tuple[str, ...] = ()


PICKERS = {
    FLOW_FIELD: Picker("ListFlows", FLOW_FIELD, "name", {"top": 500}),
    "connectionName": Picker("ListConnections", "name", "displayName", {}, ("connectionType",)),
}
"""By the name of the field or parameter; its operation lists them under `value`."""

SAID: Mapping[str, str] = {
    "Idempotency-Key": (
        "What makes a repeat the same run: the work's own name, such as the invoice's number."
        " Without one, workflow()['run']['name'] together with the item's id. Never"
        " workflow()['run']['name'] alone: all turns of a loop would be one run."
    ),
    "inputs": "The desktop flow's inputs. Choose the flow first: its own fields are shown then.",
    "connectionType": (
        "What the connection is chosen from: connection references, or connections that were used"
        " before."
    ),
}
"""What is said of a field or parameter here, by its name."""

DEFAULTS = {"connectionType": ConnectionType.REFERENCE.value}
"""What is given where a maker chooses nothing: references are what he has made and can list."""

LABELS: Mapping[Any, str] = {ConnectionType.REFERENCE: "Connection reference"}
"""What a choice is called here, if not by its name."""

UNSHOWN: Mapping[str, frozenset[str]] = {
    "Run": frozenset(
        (
            "candidates",
            "decision",
            "doubleFlowSessionIds",
            "history",
            "notification",
            "notifyUrl",
            "pastFlowSessionIds",
        )
    ),
    "RunError": frozenset(("innererror",)),
    "Lane": frozenset(("window",)),
}
"""Members that are not offered as outputs, for operators or too deep; they are answered anyway.

By the name of an answer; what holds for `Run` holds for all that have a run's members.
"""

_START_WITHOUT = frozenset(("notifyUrl",))
_START_NEEDS = frozenset(("Idempotency-Key", "connectionType"))

TOOLS = (
    Tool(
        "StartRun",
        "StartRun",
        "Start a desktop flow",
        "Starts a run and goes on at once. Get run and Get outputs tell later what became of it.",
        Visibility.IMPORTANT,
        needs=_START_NEEDS,
        without=_START_WITHOUT,
    ),
    Tool(
        "RunAndWait",
        "StartAndWait",
        "Run a desktop flow and wait",
        "Starts a run and waits for its end, for up to 30 days and without asking again and again."
        " It goes on when the run has ended, whichever way: look at Status.",
        Visibility.IMPORTANT,
        needs=_START_NEEDS,
        without=_START_WITHOUT,
    ),
    Tool(
        "RunAndWaitPolling",
        "StartAndPoll",
        "Run a desktop flow and poll",
        "Starts a run and asks for its end from time to time. It fails unless the run succeeds.",
        Visibility.ADVANCED,
        needs=_START_NEEDS,
        without=_START_WITHOUT,
        result="PollRun",
    ),
    Tool(
        "WhenRunFinishes",
        "Subscribe",
        "When a run of a desktop flow ends",
        "This operation triggers when a run ends, whoever has started it and whichever way.",
        hint="To see it work, start a run and wait for its end.",
    ),
    Tool(
        "GetRun",
        "GetRun",
        "Get run",
        "Tells the state of a run, and why it waits; at once, or as soon as it has changed.",
        without=frozenset(("If-None-Match",)),
    ),
    Tool(
        "GetOutputs",
        "GetOutputs",
        "Get outputs of a run",
        "Tells what the robot gave back, once the run has ended.",
        needs=frozenset((FLOW_FIELD,)),
    ),
    Tool(
        "CancelRun",
        "CancelRun",
        "Cancel run",
        "Cancels a queued run at once, any other as soon as that can be done.",
        shown=202,
    ),
    Tool(
        "ListRuns",
        "ListRuns",
        "List runs",
        "Lists runs, the newest first. Continuation leads to the next page, until it is empty.",
        Visibility.ADVANCED,
    ),
    Tool(
        "ListFlows",
        "ListFlows",
        "List desktop flows",
        "Lists the desktop flows that can be run, by name.",
        Visibility.INTERNAL,
        without=frozenset(("drafts", "continuationToken")),
    ),
    Tool(
        SCHEMA_OPERATION,
        "GetFlowSchema",
        "Get schema of a desktop flow",
        "Tells what a desktop flow takes and gives back.",
        Visibility.INTERNAL,
    ),
    Tool(
        "ListConnections",
        "ListConnections",
        "List connections",
        "Lists connection references for desktop flows, and connections that were used before.",
        Visibility.INTERNAL,
        without=frozenset(("all",)),
    ),
    Tool(
        "PollRun",
        "PollRun",
        "Poll a run",
        "Tells the end of a run to what waits for it.",
        Visibility.INTERNAL,
    ),
    Tool(
        "LeaveWait",
        "LeaveWait",
        "Wait no more",
        "Has nobody be told of a run's end any more.",
        Visibility.INTERNAL,
    ),
    Tool(
        "Unsubscribe",
        "Unsubscribe",
        "Be told no more",
        "Has nobody be told of the ends of runs any more.",
        Visibility.INTERNAL,
    ),
    Tool(
        TEST_OPERATION,
        "ListLanes",
        "List lanes",
        "Lists what each connection has before it; tells whether a connection's key is right.",
        Visibility.INTERNAL,
    ),
)
