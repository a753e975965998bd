"""Every kind of call the app makes for a run: the rows of the fault matrix.

`{lane}`, `{wake}` (the lane's name as a queue holds it), `{connection}`, `{key}` (the idempotency
key's digest) and `{session}` stand for those of the cell, so that cells can fail side by side.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from local.fault_proxy.faults import Fault

TABLE_LATE_MS = 11_000
DATAVERSE_LATE_MS = 16_000
SUBMISSION_LATE_MS = 6_000
TOKEN_LATE_MS = 13_000
"""Each is longer than the app waits for such an answer."""


class Robot(Enum):
    """When the robot ends its work."""

    QUICK = auto()
    TOLD = auto()
    TOLD_WHEN_HIT = auto()
    CANCELLED = auto()


@dataclass(frozen=True)
class Call:
    """A kind of call, the faults that bring it about (`after`), and the runs it needs.

    `robot`: it works for a moment, or until it is told to end: at once when its session is known,
    when the fault has hit, or by a cancellation. `reading`: what a caller reads after the run's
    end, for calls that a run does not make by itself. `times`: how often it fails where it fails
    again and again; `late_ms`: more than the app has patience for.
    `shared`: one such call may be made for the runs of several cells, and only one fault hits it.
    `called_back`: whether Dataverse calls the app when the session has ended.
    """

    name: str
    where: Fault
    after: tuple[Fault, ...] = ()
    runs: int = 1
    robot: Robot = Robot.QUICK
    reading: str = ""
    times: int = 4
    late_ms: int = TABLE_LATE_MS
    shared: bool = False
    called_back: bool = True

    @property
    def reads(self) -> bool:
        """Whether it only reads: to the app, work that is lost then is work never done."""
        return self.where.method == "GET"

    @property
    def of_session(self) -> bool:
        """Whether the call can only be told by the flow session's id."""
        named = any("{session}" in (fault.target or "") for fault in (self.where, *self.after))
        return named or not self.called_back


def batch(name: str, *properties: str) -> Fault:
    """A transaction whose properties include these, in their order."""
    body = ".*".join(properties)
    return Fault(label=name, method="POST", target=r"/\$batch$", body=body)


def row(name: str, row_key: str, *, partition: str = "{lane}", skip: int = 0) -> Fault:
    target = rf"\(PartitionKey='{partition}',RowKey='{row_key}"
    return Fault(label=name, method="GET", target=target, skip=skip)


def query(name: str, *, beyond: str, top: str = "") -> Fault:
    limit = rf"\$top={top}&.*" if top else ""
    target = rf"\(\)\?{limit}.*PartitionKey eq '{{lane}}' and RowKey gt '{beyond}"
    return Fault(label=name, method="GET", target=target)


def web_api(name: str, method: str, path: str, *, body: str | None = None) -> Fault:
    return Fault(label=name, method=method, target=f"/api/data/v9.2/{path}", body=body)


def wake_up(name: str, seconds: str) -> Fault:
    target = rf"/lane-wakeups/messages\?.*visibilitytimeout={seconds}"
    return Fault(label=name, method="POST", target=target, body="{wake}")


SUBMISSION = web_api(
    "RunDesktopFlow", "POST", r"workflows\(.*RunDesktopFlow", body='"connectionName":"{connection}"'
)
NEVER_ARRIVES = replace(SUBMISSION, label="aid: never arrives", forward=False, cut=True)
ANSWER_LOST = replace(SUBMISSION, label="aid: answer lost", cut=True)
KEY_TAKEN = batch("key taken", '"PartitionKey": "keys:', '"RunId": "{lane}-')
ANSWER_TO_KEY_LOST = replace(KEY_TAKEN, label="aid: key's answer lost", cut=True)
SESSION_READ = web_api("", "GET", r"flowsessions(\({session}\)\?|\?.*In\(.*{session})")
"""A callback's look: by itself, or in one query with those that come in the same second."""

SESSIONS_QUERIED = web_api("", "GET", r"flowsessions\?.*In\(.*{session}")
LANE_ROW = '"PartitionKey": "{lane}".*"RowKey": "lane"'
RUN_ROW = '"PartitionKey": "{lane}".*"RowKey": "run:'

STARTING = (
    Call("lane looked for", query("", beyond="l")),
    Call("lane announced", batch("", '"PartitionKey": "{lane}"', '"RowKey": "listing"')),
    Call("lane listed", batch("", '"PartitionKey": "lanes"', '"RowKey": "{lane}"')),
    Call("lane made", batch("", LANE_ROW, '"LastClaim": ""')),
    Call("key taken", KEY_TAKEN),
    Call(
        "key read back",
        row("", "{key}", partition="keys:[0-9a-f]+"),
        after=(ANSWER_TO_KEY_LOST,),
    ),
    Call("run looked for", row("", "run:")),
    Call("run queued", batch("", RUN_ROW, '"Status": "Queued"')),
    Call("lane read to wake it", row("", "lane")),
    Call("wake-up sent", wake_up("", "0")),
)
DISPATCHING = (
    Call("backlog looked at", query("", beyond="due:", top="1")),
    Call("lane read to claim", row("", "lane", skip=1)),
    Call("backlog read", query("", beyond="due:", top=r"\d\d")),
    Call("runs claimed", batch("", LANE_ROW, '"Status": "Submitting"'), runs=2),
    Call("claimed run read", row("", "run:", skip=1)),
    Call("inputs read", query("", beyond="data:[0-9a-v]+:in")),
    Call("RunDesktopFlow", SUBMISSION, times=2, late_ms=SUBMISSION_LATE_MS),
    Call("session recorded", batch("", RUN_ROW, '"Status": "Running"')),
    Call("window settled", batch("", LANE_ROW, r'answered\\":\[\d', r'claimed\\":\[\]'), runs=2),
    Call("wake-up set", batch("", LANE_ROW, '"WakeAt": "20'), runs=6),
    Call("wake-up sent for later", wake_up("", "[1-9]"), runs=9),  # a sweep may forestall one
)
ENDING = (
    Call("run read for the callback", row("", "run:", skip=2)),
    Call("session read", SESSION_READ, robot=Robot.TOLD, late_ms=DATAVERSE_LATE_MS, shared=True),
    Call("ending recorded", batch("", RUN_ROW, '"Status": "Succeeded"')),
    Call("looks read", query("", beyond="watch:"), called_back=False, robot=Robot.TOLD_WHEN_HIT),
    Call("run read again", row("", "run:", skip=4), called_back=False, robot=Robot.TOLD_WHEN_HIT),
    Call(
        "sessions queried",
        SESSIONS_QUERIED,
        called_back=False,
        robot=Robot.TOLD_WHEN_HIT,
        times=2,  # one query serves all cells
        late_ms=DATAVERSE_LATE_MS,
    ),
    Call(
        "ending recorded by polling",
        batch("", RUN_ROW, '"Status": "Succeeded"'),
        called_back=False,
        robot=Robot.TOLD,
    ),
)
CONFIRMING = (
    Call(
        "sessions queried by address",
        web_api("", "GET", r"flowsessions\?.*callbackurl eq .*/{lane}-"),
        after=(NEVER_ARRIVES,),
        late_ms=DATAVERSE_LATE_MS,
        shared=True,
    ),
    Call(
        "session adopted",
        batch("", RUN_ROW, '"Status": "Running"'),
        after=(ANSWER_LOST,),
        robot=Robot.TOLD_WHEN_HIT,
    ),
    Call(
        "run put back",
        batch("", RUN_ROW, '"Status": "Queued"', "SubmissionLost"),
        after=(NEVER_ARRIVES,),
    ),
)
READING = (
    Call("run read by its caller", row("", "run:"), reading="/runs/{run}"),
    Call("runs listed", query("", beyond="run:"), reading="/runs?connectionName={connection}"),
    Call(
        "outputs read",
        web_api("", "GET", r"flowsessions\({session}\)/outputs"),
        reading="/runs/{run}/outputs",
        late_ms=DATAVERSE_LATE_MS,
    ),
    Call(
        "outputs kept",
        batch("", RUN_ROW, '"OutputEntities"'),
        reading="/runs/{run}/outputs",
    ),
    Call(
        "kept outputs read",
        query("", beyond="data:[0-9a-v]+:out"),
        reading="/runs/{run}/outputs",
    ),
)
CANCELLING = (
    Call(
        "cancellation noted",
        batch("", RUN_ROW, '"CancelRequestedAt"'),
        robot=Robot.CANCELLED,
    ),
    Call(
        "CancelDesktopFlowRun",
        web_api("", "POST", r"flowsessions\({session}\).*CancelDesktopFlowRun"),
        robot=Robot.CANCELLED,
        late_ms=DATAVERSE_LATE_MS,
    ),
)
CALLS = STARTING + DISPATCHING + ENDING + CONFIRMING + CANCELLING + READING
