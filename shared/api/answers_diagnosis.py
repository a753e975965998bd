"""What the app answers with about itself: that it lives, and what its doctor has found."""

from shared.api.shapes import MOMENT, TEXT, Answer, ListOf, Member, OneOf
from shared.domain.finding import Outcome

HEALTH = Answer(
    "Health",
    "Whether the app lives.",
    (
        Member(
            "status",
            OneOf(("Alive", "Misconfigured")),
            "Status",
            "Misconfigured: a setting is wrong, and nothing else but diagnostics is served.",
        ),
        Member("version", TEXT, "Version", "The app's version."),
    ),
)
FINDING = Answer(
    "Finding",
    "What one check has come to.",
    (
        Member("check", TEXT, "Check", "What was looked at."),
        Member(
            "outcome",
            OneOf(tuple(Outcome)),
            "Outcome",
            "NotChecked: what the check needs was not there.",
        ),
        Member("detail", TEXT, "Detail", "What was seen."),
        Member(
            "advice", TEXT, "Advice", "What to do; null: there is nothing to do.", nullable=True
        ),
    ),
)
DIAGNOSTICS = Answer(
    "Diagnostics",
    "What the app has found where it looked at all that it stands on.",
    (
        Member("asOf", MOMENT, "As Of", "When that was."),
        Member("version", TEXT, "Version", "The app's version."),
        Member(
            "outcome",
            OneOf((Outcome.OK, Outcome.WARNING, Outcome.FAILED)),
            "Outcome",
            "How bad the worst finding is; what was not checked counts as a warning.",
        ),
        Member("findings", ListOf(FINDING), "Findings", "One of each check, always in this order."),
    ),
)
