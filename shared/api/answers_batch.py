"""What the app answers with of many starts at once."""

from shared.api.answers_error import PROBLEM
from shared.api.answers_run import RUN
from shared.api.shapes import WHOLE, Answer, ListOf, Member

BATCH_ITEM = Answer(
    "BatchItem",
    "What became of one start: its run, or what is wrong with it.",
    (
        Member("index", WHOLE, "Index", "Its place among the starts that were sent, from 0."),
        Member("status", WHOLE, "Status", "The status that it alone would be answered with."),
        Member("run", RUN, "Run", "The run, where there is one.", optional=True),
        Member("error", PROBLEM, "Error", "What is wrong, where there is none.", optional=True),
    ),
)
STARTED = Answer(
    "BatchAnswer",
    "What became of the starts of a batch.",
    (Member("value", ListOf(BATCH_ITEM), "Starts", "One for each start, in their order."),),
)
