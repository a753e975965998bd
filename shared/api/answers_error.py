"""The one shape of errors, member by member."""

from dataclasses import replace

from shared.api.answers_run import CANDIDATE, RUN_ERROR, STATUS
from shared.api.shapes import TEXT, WHOLE, Answer, ListOf, Member

DETAIL = Answer(
    "Fault",
    "What is wrong with one field.",
    (
        Member("code", TEXT, "Code", "The fault, for programs; docs/errors.md lists them."),
        Member("target", TEXT, "Field", "The field."),
        Member("message", TEXT, "Message", "The fault, for people."),
    ),
)
INNER = Answer(
    "InnerError",
    "What Dataverse answered, the flow sessions that were found, or how the run ended.",
    (
        Member("code", TEXT, "Code", "Dataverse's own code.", nullable=True, optional=True),
        Member("message", TEXT, "Message", "Dataverse's own words.", nullable=True, optional=True),
        Member("httpStatus", WHOLE, "HTTP Status", "Dataverse's status.", optional=True),
        Member(
            "candidates",
            ListOf(CANDIDATE),
            "Candidates",
            "Sessions that were found.",
            optional=True,
        ),
        Member("runId", TEXT, "Run", "The run that has ended.", optional=True),
        Member("status", STATUS, "Status", "How it ended.", optional=True),
        *(
            replace(member, optional=True)
            for member in RUN_ERROR.members
            if member.name not in ("code", "message")
        ),
    ),
)
PROBLEM = Answer(
    "Problem",
    "The error itself.",
    (
        Member("code", TEXT, "Code", "The error, for programs; docs/errors.md lists them."),
        Member("message", TEXT, "Message", "The error, for people."),
        Member("target", TEXT, "Field", "The first field that is wrong.", optional=True),
        Member("details", ListOf(DETAIL), "Faults", "Everything that is wrong.", optional=True),
        Member("innererror", INNER, "Inner Error", "Further facts.", optional=True),
    ),
)
ERROR = Answer(
    "Error", "The one shape of errors.", (Member("error", PROBLEM, "Error", "What is wrong."),)
)
