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
LANE = Answer(
    "Lane",
    "One connection's backlog and its submission window.",
    (
        Member("laneId", TEXT, "Lane", "The lane's id."),
        Member("connectionName", TEXT, "Connection", "The connection that it is of."),
        Member("backlog", WHOLE, "Backlog", "Runs that wait to be submitted."),
        Member(
            "activeFlowSessions", WHOLE, "Active Flow Sessions", "Sessions that have not ended."
        ),
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
        Member("slotsFree", WHOLE, "Slots Free", "Submissions that may be sent now."),
        Member("nextSlotAt", MOMENT, "Next Slot", "When one may, if none now.", nullable=True),
        Member("pausedUntil", MOMENT, "Paused Until", "When it goes on, if known.", nullable=True),
        Member("pauseReason", PAUSE_REASON, "Pause Reason", "Why it waits.", nullable=True),
    ),
)
LANES = Answer("Lanes", "All lanes.", (Member("value", ListOf(LANE), "Lanes", "By connection."),))
