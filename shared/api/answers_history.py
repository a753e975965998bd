"""What the app answers with of a run's history, member by member."""

from shared.api.shapes import MOMENT, TEXT, Answer, ListOf, Member, one_of
from shared.domain.run import RunStatus

STRETCH_REASON = Answer(
    "StretchReason",
    "What a stretch of a run's life was spent waiting for, or how it ended.",
    (
        Member("code", TEXT, "Reason Code", "The reason, for programs; docs/errors.md lists them."),
        Member("message", TEXT, "Reason", "The reason, for people; its first 200 characters."),
    ),
)
STRETCH = Answer(
    "Stretch",
    "The time that a run was in one state without a break.",
    (
        Member("status", one_of(*RunStatus), "Status", "The state."),
        Member("from", MOMENT, "From", "When it began."),
        Member("to", MOMENT, "To", "When it ended; null while it goes on.", nullable=True),
        Member("reason", STRETCH_REASON, "Reason", "Why, where anything is to say.", nullable=True),
    ),
)
HISTORY = Member(
    "history",
    ListOf(STRETCH),
    "History",
    "The run's states so far, one after the other. Of more than 40 the middle is left out: one does"
    " not begin then where the one before it ends. Empty where an earlier version kept none.",
)
