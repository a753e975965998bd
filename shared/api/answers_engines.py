"""What engines are answered, and told at the addresses that they give."""

from dataclasses import replace

from shared.api.answers_run import ERROR_MEMBERS, RUN, RUN_MEMBERS, STATUS
from shared.api.shapes import (
    ID,
    MOMENT,
    TEXT,
    WHOLE,
    Answer,
    Free,
    ListOf,
    Member,
    OneOf,
)

OUTPUTS_ERROR = Answer(
    "OutputsError",
    "Why outputs are not told.",
    (
        Member("code", TEXT, "Error Code", "The reason, for programs; docs/errors.md lists them."),
        Member("message", TEXT, "Error Message", "The reason, for people."),
    ),
)
ENDING = Answer(
    "Ending",
    "A run that has ended, with its outputs.",
    (
        *RUN_MEMBERS,
        Member(
            "outputs",
            Free("outputs"),
            "Outputs",
            "The desktop flow's outputs by name, where the run succeeded.",
            nullable=True,
        ),
        Member(
            "outputsError",
            OUTPUTS_ERROR,
            "Outputs Error",
            "Why a run that succeeded is told without its outputs.",
            nullable=True,
        ),
    ),
)
PROGRESS = Answer(
    "Progress",
    "A run that has not ended; its id alone, while nothing else can be read.",
    tuple(replace(each, optional=each.name != "runId") for each in RUN.members),
)
EVENT_ERROR = Answer(
    "EventError",
    "Why the run failed.",
    (*ERROR_MEMBERS,),
)
EVENT_DATA = Answer(
    "EventData",
    "The run that has ended.",
    (
        Member("runId", TEXT, "Run", "The run's id: its outputs are read by it."),
        Member("status", STATUS, "Status", "How it ended."),
        Member("workflowId", ID, "Desktop Flow", "The desktop flow's id."),
        Member("connectionName", TEXT, "Connection Name", "The name that the start gave."),
        Member("connection", TEXT, "Connection", "What it stood for.", nullable=True),
        Member("correlationId", TEXT, "Correlation Id", "As started.", nullable=True),
        Member("flowSessionId", ID, "Flow Session", "Its session in Dataverse.", nullable=True),
        Member("attempts", WHOLE, "Attempts", "How often it was submitted."),
        Member("createdAt", MOMENT, "Created", "When the run was accepted."),
        Member("submittedAt", MOMENT, "Submitted", "When Dataverse took it.", nullable=True),
        Member("startedAt", MOMENT, "Started", "When the robot began.", nullable=True),
        Member("completedAt", MOMENT, "Completed", "When the robot was done.", nullable=True),
        Member("error", EVENT_ERROR, "Error", "Why it failed.", nullable=True),
        Member("traceparent", TEXT, "Trace", "The run's place in its trace, as W3C writes it."),
    ),
)
EVENT = Answer(
    "Event",
    "The end of a run, as it is told: at least once, and a repeat has the same id.",
    (
        Member("id", TEXT, "Event", "Names the event: a repeat has the same."),
        Member(
            "type",
            OneOf(
                ("run.succeeded", "run.failed", "run.cancelled", "run.timed_out"),
                ("Run succeeded", "Run failed", "Run cancelled", "Run timed out"),
            ),
            "Event Type",
            "How the run ended.",
        ),
        Member("timestamp", MOMENT, "Time", "When the end was recorded.", nullable=True),
        Member("data", EVENT_DATA, "Run", "The run."),
    ),
)
SUBSCRIPTION = Answer(
    "Subscription",
    "Somebody who is told of the ends of runs.",
    (
        Member("subscriptionId", TEXT, "Subscription", "Names the address with its filters."),
        Member(
            "notificationUrl",
            TEXT,
            "Notification Address",
            "Where ends are told, without its query, which may hold a secret.",
        ),
        Member("workflowId", ID, "Desktop Flow", "Only runs of it.", nullable=True),
        Member("connectionName", TEXT, "Connection", "Only runs on it.", nullable=True),
        Member("status", ListOf(STATUS), "Status", "Only runs that end so; any, if empty."),
        Member("createdAt", MOMENT, "Created", "When it was made."),
        Member("lastSuccessAt", MOMENT, "Last Success", "When it was told last.", nullable=True),
        Member("lastFailureAt", MOMENT, "Last Failure", "When that failed last.", nullable=True),
        Member("failingSince", MOMENT, "Failing Since", "Since when it fails.", nullable=True),
        Member("error", TEXT, "Error", "Why it failed last.", nullable=True),
        Member(
            "location",
            TEXT,
            "Location",
            "Where it is unsubscribed, without a key; null for a key that may only read.",
            nullable=True,
        ),
    ),
)
SUBSCRIPTIONS = Answer(
    "Subscriptions",
    "All who are told of the ends of runs.",
    (Member("value", ListOf(SUBSCRIPTION), "Subscriptions", "The oldest first."),),
)
OPERATION_ERROR = Answer(
    "OperationError",
    "Why the operation failed.",
    (
        Member("code", TEXT, "Error Code", "The run's error, or its status."),
        Member("message", TEXT, "Error Message", "The error, for people."),
    ),
)
OPERATION = Answer(
    "Operation",
    "A run as a long-running operation, in the words of Azure's SDKs.",
    (
        Member("id", TEXT, "Run", "The run's id."),
        Member(
            "status",
            OneOf(("NotStarted", "Running", "Succeeded", "Failed", "Canceled")),
            "Status",
            "How it stands.",
        ),
        Member("createdDateTime", MOMENT, "Created", "When the run was accepted."),
        Member(
            "resourceLocation",
            TEXT,
            "Resource",
            "Where the run is, once it succeeded.",
            optional=True,
        ),
        Member("error", OPERATION_ERROR, "Error", "Why it failed, if it did.", optional=True),
    ),
)
