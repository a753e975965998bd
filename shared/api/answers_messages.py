"""What the app answers with of messages that were rejected or given up, member by member."""

from shared.api.answers_error import DETAIL
from shared.api.shapes import FLAG, MOMENT, TEXT, WHOLE, Answer, ListOf, Member, OneOf
from shared.domain.shelf import Shelf

SHELF_KIND = OneOf(("Rejected", "Poison"))

ASKS_FOR = Answer(
    "AsksFor",
    "What a message asks for, without inputs or anything else that may be secret; what it does not"
    " say is null. Each is cut after 200 characters.",
    (
        Member("workflowId", TEXT, "Desktop Flow", "The desktop flow.", nullable=True),
        Member("connectionName", TEXT, "Connection", "The connection.", nullable=True),
        Member("runMode", TEXT, "Run Mode", "Attended or not.", nullable=True),
        Member("correlationId", TEXT, "Correlation Id", "The sender's own.", nullable=True),
        Member("idempotencyKey", TEXT, "Idempotency Key", "Its key.", nullable=True),
        Member("laneId", TEXT, "Lane", "The lane that it wakes.", nullable=True),
        Member("runId", TEXT, "Run", "The run whose end is told.", nullable=True),
    ),
)
MESSAGE = Answer(
    "Message",
    "A message that was rejected, or given up by the host.",
    (
        Member("messageId", TEXT, "Message", "Its id, by which it is sent again or removed."),
        Member("insertedAt", MOMENT, "Inserted", "When it came to lie there."),
        Member("expiresAt", MOMENT, "Expires", "When it goes by itself."),
        Member("dequeueCount", WHOLE, "Taken", "How often somebody took it from there."),
        Member(
            "originalMessageId",
            TEXT,
            "Original Message",
            "The id under which it came, where that is known: its key, if it names none.",
            nullable=True,
        ),
        Member("parts", WHOLE, "Parts", "Of how many messages it is made: a long one is several."),
        Member(
            "characters",
            WHOLE,
            "Characters",
            "How long its text is; null where a part is not at hand.",
            nullable=True,
        ),
        Member("reasons", ListOf(DETAIL), "Reasons", "Why it was rejected."),
        Member("asksFor", ASKS_FOR, "Asks For", "What it asks for."),
        Member("resendable", FLAG, "Resendable", "Whether it can be sent again."),
        Member("hindrance", TEXT, "Hindrance", "Why it cannot.", nullable=True),
    ),
)
MESSAGES = Answer(
    "Messages",
    "The first messages that were rejected or given up.",
    (
        Member("queue", OneOf(tuple(Shelf)), "Queue", "Where they lie."),
        Member("kind", SHELF_KIND, "Kind", "Who put them there."),
        Member("value", ListOf(MESSAGE), "Messages", "Up to 32, about the oldest first."),
        Member(
            "more", FLAG, "More", "Whether there are more, some of them taken just now perhaps."
        ),
    ),
)
