"""What the app answers with of lanes, member by member."""

from shared.api.shapes import MOMENT, TEXT, WHOLE, Answer, ListOf, Member

PAUSE_REASON = Answer(
    "PauseReason",
    "Why a lane waits.",
    (
        Member("code", TEXT, "Reason Code", "The reason, for programs."),
        Member("message", TEXT, "Reason", "The reason, for people.", nullable=True),
        Member("since", MOMENT, "Since", "Since when.", nullable=True),
    ),
)
FREEING = Answer(
    "FreeingSlots",
    "Slots that free together.",
    (
        Member("at", MOMENT, "At", "When they free, to the second."),
        Member("slots", WHOLE, "Slots", "How many do."),
    ),
)
WINDOW = Answer(
    "SubmissionWindow",
    "The slots of a lane, each good for one submission a window.",
    (
        Member("slots", WHOLE, "Slots", "How many there are."),
        Member("free", WHOLE, "Free", "Those that nothing holds."),
        Member("inFlight", WHOLE, "In Flight", "Those of calls that may be under way."),
        Member("freeing", ListOf(FREEING), "Freeing", "The others, by when they free."),
    ),
)
PLACE = Answer(
    "Place",
    "A run in a lane's backlog.",
    (
        Member("place", WHOLE, "Place", "How many go before it."),
        Member("runId", TEXT, "Run", "The run's id."),
        Member("createdAt", MOMENT, "Created", "When the run was accepted."),
        Member(
            "notBefore",
            MOMENT,
            "Not Before",
            "It is put off until then, whatever is free.",
            nullable=True,
        ),
        Member(
            "expectedSubmissionAt",
            MOMENT,
            "Expected Submission",
            "When its turn should come; null: when somebody resumes the lane.",
            nullable=True,
        ),
        Member("attempts", WHOLE, "Attempts", "How often it was submitted before."),
    ),
)
LANE_MEMBERS = (
    Member("laneId", TEXT, "Lane", "The lane's id."),
    Member("connectionName", TEXT, "Connection", "The connection that it is of."),
    Member(
        "asOf",
        MOMENT,
        "As Of",
        "When its counts were true; null: nobody has counted. Times and slots are as of now.",
        nullable=True,
    ),
    Member("backlog", WHOLE, "Backlog", "Runs that wait to be submitted."),
    Member(
        "oldestQueuedAt",
        MOMENT,
        "Oldest Queued",
        "When the run was accepted that is next in turn.",
        nullable=True,
    ),
    Member("activeFlowSessions", WHOLE, "Active Flow Sessions", "Sessions that have not ended."),
    Member(
        "runsNeedingOperator",
        WHOLE,
        "Runs Needing Operator",
        "Runs that a person decides about.",
    ),
    Member(
        "atLeast",
        ListOf(TEXT),
        "At Least",
        "The counts that stopped: there are more than that.",
    ),
    Member("limit", WHOLE, "Limit", "Submissions that a window allows."),
    Member("submittedLastMinute", WHOLE, "Submitted Last Minute", "Slots used in 60 seconds."),
    Member(
        "submittedByMinute",
        ListOf(WHOLE),
        "Submitted By Minute",
        "Submissions in the minutes of the last hour, this one last; the first has any.",
    ),
    Member("slotsFree", WHOLE, "Slots Free", "Submissions that may be sent now."),
    Member("nextSlotAt", MOMENT, "Next Slot", "When one may, if none now.", nullable=True),
    Member("window", WINDOW, "Window", "Its slots."),
    Member("pausedUntil", MOMENT, "Paused Until", "When it goes on, if known.", nullable=True),
    Member("pauseReason", PAUSE_REASON, "Pause Reason", "Why it waits.", nullable=True),
)
LANE = Answer("Lane", "One connection's backlog and its submission window.", LANE_MEMBERS)
LANE_WITH_PLACES = Answer(
    "LaneWithPlaces",
    "A lane, and the first runs of its backlog.",
    (
        *LANE_MEMBERS,
        Member("places", ListOf(PLACE), "Places", "As many as were asked for."),
    ),
)
LANES = Answer("Lanes", "All lanes.", (Member("value", ListOf(LANE), "Lanes", "By connection."),))
