"""What the app answers with of what needs somebody's attention, member by member."""

from shared.api.answers_lane import LANE
from shared.api.answers_messages import SHELF_KIND
from shared.api.answers_run import RUN
from shared.api.shapes import FLAG, MOMENT, TEXT, WHOLE, Answer, ListOf, Member, OneOf
from shared.domain.shelf import Shelf

SOME_RUNS = Answer(
    "SomeRuns",
    "The newest twenty of some runs.",
    (
        Member("value", ListOf(RUN), "Runs", "Newest first."),
        Member("more", FLAG, "More", "Whether there are more."),
    ),
)
HOLD = Answer(
    "Hold",
    "Why all lanes wait.",
    (
        Member("until", MOMENT, "Until", "Until when."),
        Member("code", TEXT, "Hold Code", "The reason, for programs."),
        Member("message", TEXT, "Hold Message", "The reason, for people."),
    ),
)
QUEUE_COUNT = Answer(
    "QueueCount",
    "Messages that nobody works any more.",
    (
        Member("queue", OneOf(tuple(Shelf)), "Queue", "As its messages are listed by."),
        Member(
            "kind",
            SHELF_KIND,
            "Kind",
            "Rejected by the app, or tried too often: poison.",
        ),
        Member("count", WHOLE, "Count", "How many, about, when the last sweep counted."),
    ),
)
SWEEP = Answer(
    "Sweep",
    "The round that finds what was stranded; it comes every minute.",
    (
        Member(
            "lastAt", MOMENT, "Last At", "When one was done; null: none was, yet.", nullable=True
        ),
        Member("late", FLAG, "Late", "Whether that is more than two minutes ago, or never was."),
    ),
)
REQUESTS_LEFT = Answer(
    "RequestsLeft",
    "Requests that Dataverse allows one user.",
    (
        Member("limit", WHOLE, "Limit", "How many in a window."),
        Member("remaining", WHOLE, "Remaining", "How many are left of them."),
        Member("windowSeconds", WHOLE, "Window", "How long the window is, in seconds."),
    ),
)
ALLOWANCE = Answer(
    "Allowance",
    "What Dataverse allows the app's user.",
    (
        Member("requests", REQUESTS_LEFT, "Requests", "Requests, on the server that answered."),
        Member("asOf", MOMENT, "As Of", "When Dataverse said so."),
    ),
)
ATTENTION = Answer(
    "Attention",
    "What needs somebody's attention.",
    (
        Member("asOf", MOMENT, "As Of", "When it was gathered."),
        Member(
            "access", OneOf(("Full", "ReadOnly")), "Access", "What the key may do that was sent."
        ),
        Member("runsNeedingOperator", SOME_RUNS, "Runs Needing Operator", "A person decides."),
        Member("pausedLanes", ListOf(LANE), "Paused Lanes", "As somebody saw them last."),
        Member("hold", HOLD, "Hold", "Why all lanes wait; null: they need not.", nullable=True),
        Member("messages", ListOf(QUEUE_COUNT), "Messages", "Those that nobody works any more."),
        Member(
            "notificationsGivenUp", SOME_RUNS, "Notifications Given Up", "Nobody was told of them."
        ),
        Member("sweep", SWEEP, "Sweep", "Whether the timer's round comes."),
        Member(
            "allowance",
            ALLOWANCE,
            "Allowance",
            "What Dataverse allows; null: it has not said.",
            nullable=True,
        ),
    ),
)
