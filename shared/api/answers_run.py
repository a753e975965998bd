"""What the app answers with of runs, member by member."""

from shared.api.answers_history import HISTORY
from shared.api.answers_telling import NOTIFICATION, WAITER
from shared.api.shapes import (
    FLAG,
    ID,
    MOMENT,
    TEXT,
    WHOLE,
    Answer,
    Free,
    ListOf,
    Member,
    OneOf,
    one_of,
)
from shared.domain.request import ConnectionType, RunMode, RunPriority
from shared.domain.resolution import Action
from shared.domain.run import RunStatus

STATUS = one_of(*RunStatus)

INNER_ERROR = Answer(
    "DataverseError",
    "What Dataverse itself answered.",
    (
        Member("code", TEXT, "Code", "Dataverse's own code.", nullable=True, optional=True),
        Member("message", TEXT, "Message", "Dataverse's own words.", nullable=True, optional=True),
        Member(
            "httpStatus",
            WHOLE,
            "HTTP Status",
            "The status that Dataverse answered with.",
            nullable=True,
            optional=True,
        ),
        Member("details", TEXT, "Details", "Further words.", nullable=True, optional=True),
    ),
)
ERROR_MEMBERS = (
    Member("code", TEXT, "Error Code", "The error, for programs; docs/errors.md lists them."),
    Member("message", TEXT, "Error Message", "The error, for people."),
    Member(
        "robotMayHaveStarted",
        FLAG,
        "Robot May Have Started",
        "Whether the robot may have done something; null where nobody can tell.",
        nullable=True,
    ),
)
RUN_ERROR = Answer(
    "RunError",
    "Why a run failed, or why it has not gone on yet.",
    (
        *ERROR_MEMBERS,
        Member("advice", TEXT, "Advice", "What to do about it."),
        Member(
            "innererror", INNER_ERROR, "Dataverse's Error", "Dataverse's own error.", optional=True
        ),
    ),
)
CANDIDATE = Answer(
    "Candidate",
    "A flow session that may be the run's.",
    (
        Member("flowSessionId", ID, "Flow Session", "The session's id in Dataverse."),
        Member("createdAt", MOMENT, "Created", "When Dataverse made it.", nullable=True),
        Member("statuscode", WHOLE, "Status Code", "Its state in Dataverse.", nullable=True),
        Member("speaksFor", ListOf(TEXT), "For", "What speaks for its being the run's."),
        Member("speaksAgainst", ListOf(TEXT), "Against", "What speaks against it."),
    ),
)
DECISION = Answer(
    "Decision",
    "What an operator decided about the run last.",
    (
        Member("action", one_of(*Action), "Action", "What was decided."),
        Member("at", MOMENT, "Decided", "When."),
        Member("by", TEXT, "Decided By", "Who said so.", nullable=True),
        Member("reason", TEXT, "Reason", "Why.", nullable=True),
        Member("flowSessionId", ID, "Flow Session", "The session adopted.", nullable=True),
        Member("forced", FLAG, "Forced", "Whether it was forced."),
    ),
)
WAITING = Answer(
    "Waiting",
    "What the run waits for.",
    (
        Member("code", TEXT, "Reason Code", "The reason, for programs; docs/errors.md lists them."),
        Member("message", TEXT, "Reason", "The reason, for people."),
        Member("until", MOMENT, "Until", "When that should be over.", nullable=True),
        Member("advice", TEXT, "Advice", "What to do about it.", nullable=True),
    ),
)
RUN_MEMBERS = (
    Member("runId", TEXT, "Run", "The run's id: opaque, and safe in a URL."),
    Member("status", STATUS, "Status", "What has become of the run."),
    Member("workflowId", ID, "Desktop Flow", "The desktop flow's id."),
    Member("connectionName", TEXT, "Connection Name", "The name that the start gave."),
    Member("connection", TEXT, "Connection", "The connection that it stood for.", nullable=True),
    Member(
        "connectionType",
        one_of(*ConnectionType),
        "Connection Type",
        "1: the name is a connection's; 2: a connection reference's.",
    ),
    Member("runMode", one_of(*RunMode), "Run Mode", "As started."),
    Member(
        "runPriority",
        one_of(*RunPriority),
        "Priority",
        "As started.",
        nullable=True,
    ),
    Member("timeout", WHOLE, "Timeout", "Seconds that the robot may work.", nullable=True),
    Member("retries", WHOLE, "Retries", "Starts after the first that the run may have."),
    Member("correlationId", TEXT, "Correlation Id", "As started.", nullable=True),
    Member(
        "notifyUrl",
        TEXT,
        "Notification Address",
        "Where the end is told, without its query, which may hold a secret.",
        nullable=True,
    ),
    Member("createdAt", MOMENT, "Created", "When the run was accepted."),
    Member("changedAt", MOMENT, "Changed", "When the run changed last."),
    Member("submittedAt", MOMENT, "Submitted", "When Dataverse took it.", nullable=True),
    Member("startedAt", MOMENT, "Started", "When the robot began.", nullable=True),
    Member("completedAt", MOMENT, "Completed", "When the robot was done.", nullable=True),
    Member("endedAt", MOMENT, "Ended", "When the end was recorded.", nullable=True),
    Member(
        "cancelRequestedAt", MOMENT, "Cancel Requested", "When it was cancelled.", nullable=True
    ),
    Member("attempts", WHOLE, "Attempts", "How often it was submitted."),
    Member("flowSessionId", ID, "Flow Session", "Its session in Dataverse.", nullable=True),
    Member(
        "pastFlowSessionIds",
        ListOf(ID),
        "Past Flow Sessions",
        "Sessions that ended before the robot started.",
    ),
    Member(
        "doubleFlowSessionIds",
        ListOf(ID),
        "Double Flow Sessions",
        "Sessions beyond the run's own, which are cancelled.",
    ),
    Member("licenceWarning", TEXT, "Licence Warning", "Dataverse's warning.", nullable=True),
    Member("error", RUN_ERROR, "Error", "Why it failed or waits.", nullable=True),
    Member("needsOperator", FLAG, "Needs Operator", "Whether a person has to decide."),
    Member("needsOperatorSince", MOMENT, "Needs Operator Since", "Since when.", nullable=True),
    Member("overdueSince", MOMENT, "Overdue Since", "When it should have ended.", nullable=True),
    Member("candidates", ListOf(CANDIDATE), "Candidates", "Sessions to decide between."),
    Member("decision", DECISION, "Decision", "An operator's, if there was one.", nullable=True),
    Member(
        "notification", NOTIFICATION, "Notification", "Of its end, if one is wanted.", nullable=True
    ),
)
RUN = Answer("Run", "A run as it is kept.", RUN_MEMBERS)
RUN_WITH_OUTLOOK = Answer(
    "RunWithOutlook",
    "A run, and what it has before it.",
    (
        *RUN_MEMBERS,
        HISTORY,
        Member("place", WHOLE, "Place", "Its place in the backlog.", nullable=True),
        Member(
            "placeIsExact",
            FLAG,
            "Place Is Exact",
            "False where counting stopped: its place is further back.",
            nullable=True,
        ),
        Member(
            "expectedSubmissionAt",
            MOMENT,
            "Expected Submission",
            "When its turn should come.",
            nullable=True,
        ),
        Member("waitingFor", WAITING, "Waiting For", "Why it waits, if it does.", nullable=True),
        Member(
            "waiters", ListOf(WAITER), "Waiters", "Engines that wait for its end, as they came."
        ),
    ),
)
RUNS = Answer(
    "Runs",
    "A page of runs, the newest first.",
    (
        Member("value", ListOf(RUN), "Runs", "The runs of this page; there may be none."),
        Member(
            "continuationToken",
            TEXT,
            "Continuation",
            "What the next page is asked with.",
            nullable=True,
        ),
        Member("nextLink", TEXT, "Next Page", "Where the next page is.", nullable=True),
    ),
)
OUTPUTS = Answer(
    "Outputs",
    "What the robot gave back.",
    (
        Member("runId", TEXT, "Run", "The run's id."),
        Member("status", STATUS, "Status", "How the run ended."),
        Member(
            "outputs",
            Free("outputs"),
            "Outputs",
            "The desktop flow's outputs by name.",
            nullable=True,
        ),
    ),
)
RESULT = Answer(
    "CallbackResult",
    "What came of a callback.",
    (
        Member(
            "result",
            OneOf(("Recorded", "Known", "NotFinished")),
            "Result",
            "Whether the end was recorded, was known, or has not come.",
        ),
    ),
)
