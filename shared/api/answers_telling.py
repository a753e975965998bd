"""What the app answers with of those who are told of a run's end, member by member."""

from shared.api.shapes import MOMENT, TEXT, WHOLE, Answer, Member, OneOf, one_of
from shared.domain.run.waiter import WaitStatus

_TELLING = (
    Member("attempts", WHOLE, "Attempts", "How often it was tried."),
    Member("nextAttemptAt", MOMENT, "Next Attempt", "When it is tried next.", nullable=True),
    Member("deliveredAt", MOMENT, "Delivered", "When it was taken.", nullable=True),
    Member("givenUpAt", MOMENT, "Given Up", "When no more tries were made.", nullable=True),
    Member("retriedAt", MOMENT, "Retried", "When somebody had it told again.", nullable=True),
    Member("error", TEXT, "Error", "Why the last try failed.", nullable=True),
)
NOTIFICATION = Answer(
    "Notification",
    "What became of telling the run's end to its notification address.",
    (
        Member(
            "status", OneOf(("Pending", "Delivered", "GivenUp")), "Status", "Whether it is told."
        ),
        *_TELLING,
    ),
)
WAITER = Answer(
    "Waiter",
    "An engine that waits for the run's end, and what became of telling it.",
    (
        Member(
            "host",
            TEXT,
            "Host",
            "The host of its address, all else of which may be secret.",
            nullable=True,
        ),
        Member(
            "status",
            one_of(*WaitStatus),
            "Status",
            "Waiting: the run goes on. Left: it waits no more, untold. Else whether it is told.",
        ),
        *_TELLING,
    ),
)
