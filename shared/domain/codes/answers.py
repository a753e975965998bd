"""The errors that the HTTP API answers with, each with its status."""

from shared.domain.codes.code import Code, Kind

_ANSWER = (Kind.ANSWER,)
_OUTPUTS = (Kind.ANSWER, Kind.OUTPUTS)
_NOTHING_DONE = "Nothing was changed."

INVALID_REQUEST = Code(
    "InvalidRequest",
    _ANSWER,
    "The request is not valid; `details` holds a fault for each field.",
    "Correct what `details` names, then send the request again. Nothing was accepted.",
    robot_may_have_started=False,
    status=400,
)
PAYLOAD_TOO_LARGE = Code(
    "PayloadTooLarge",
    (Kind.ANSWER, Kind.FIELD),
    "The body, or the inputs in it, are longer than is accepted; the message tells the limit.",
    "Send less: put large contents where the robot can fetch them, and send their address.",
    robot_may_have_started=False,
    status=413,
)
KEY_REUSED = Code(
    "KeyReused",
    (Kind.ANSWER, Kind.FIELD),
    "The idempotency key stands for another request: it was used before, with other fields.",
    "Use a key of its own for each run that is wanted, and the same one for its repeats only.",
    robot_may_have_started=False,
    status=422,
)
RUN_NOT_FOUND = Code(
    "RunNotFound",
    _ANSWER,
    "There is no run of this id: there never was, or it was removed thirty days after its end.",
    "Compare the id with the `runId` that the start was answered with.",
    status=404,
)
LANE_NOT_FOUND = Code(
    "LaneNotFound",
    _ANSWER,
    "There is no lane of this id; a connection has one from its first run on, until nobody has"
    " used it for as long as runs are kept.",
    "Take the `laneId` from `GET /api/lanes`.",
    status=404,
)
FLOW_NOT_FOUND = Code(
    "FlowNotFound",
    (Kind.ANSWER, Kind.FIELD),
    "Dataverse has no desktop flow of this id, published or draft, that the app may see.",
    "Take the `workflowId` from `GET /api/flows`; share the flow with the app's user if it is not"
    " there.",
    robot_may_have_started=False,
    status=404,
)
CATALOG_REFUSED = Code(
    "CatalogRefused",
    _ANSWER,
    "Dataverse does not show the app desktop flows, their schemas, or connection references;"
    " `innererror` holds its reason.",
    "Grant the app's user Read on Process and on Connection Reference. A start that asks for"
    " `validateInputs` was not accepted.",
    robot_may_have_started=False,
    status=409,
)
SCHEMA_UNREADABLE = Code(
    "SchemaUnreadable",
    (Kind.ANSWER, Kind.FIELD),
    "What Dataverse tells of the desktop flow's inputs or outputs is no schema that can be read;"
    " the message says why.",
    "Save the desktop flow anew in Power Automate for desktop, which writes its schema. Meanwhile"
    " start it without `validateInputs`.",
    robot_may_have_started=False,
    status=502,
)
RUN_FINAL = Code(
    "RunFinal",
    _ANSWER,
    "The run has ended, so there is nothing left to cancel.",
    "Read the run: its status says how it ended.",
    status=409,
)
RUN_NOT_FINAL = Code(
    "RunNotFinal",
    _ANSWER,
    "The run has not ended, so what it gives back is not known yet.",
    "Ask again when the run has ended; a `notifyUrl` tells when.",
    status=409,
)
NOT_UNCONFIRMED = Code(
    "NotUnconfirmed",
    _ANSWER,
    "The run needs no decision: what became of it is known, or will be.",
    "Read the run. Only one whose submission nobody can confirm, or that is overdue, is resolved.",
    status=409,
)
SESSION_TAKEN = Code(
    "SessionTaken",
    _ANSWER,
    "The flow session is another run's, or may be, or is one that the broker gave up, so it cannot"
    " be adopted.",
    f"{_NOTHING_DONE} Choose another of the run's `candidates`. Where the answer names a run whose"
    " row cannot be read, mend that row first: the session may be its own.",
    status=409,
)
SESSIONS_FOUND = Code(
    "SessionsFound",
    _ANSWER,
    "Dataverse has flow sessions that may be this run's: submitting it again could make the robot"
    " work twice.",
    f"{_NOTHING_DONE} Look at the sessions that the answer lists, and adopt the run's own; submit"
    " again with `force` only where you know that none of them is.",
    robot_may_have_started=True,
    status=409,
)
STILL_CONFIRMING = Code(
    "StillConfirming",
    _ANSWER,
    "Nobody can tell yet that the last submission made no flow session: one may still come.",
    f"{_NOTHING_DONE} Wait until the time that the message tells: the run is submitted again by"
    " itself if no session comes, and has an operator asked if one may be its own.",
    status=409,
)
CANCEL_REFUSED = Code(
    "CancelRefused",
    _ANSWER,
    "Dataverse does not cancel the run's flow session; `innererror` holds its reason.",
    "Share the desktop flow with the app's user as Co-owner, then cancel again; or stop the robot"
    " at its machine.",
    status=409,
)
OUTPUTS_GONE = Code(
    "OutputsGone",
    _OUTPUTS,
    "Dataverse no longer has the run's flow session, and its outputs went with it.",
    "They cannot be had any more. Read outputs soon after a run's end.",
    status=410,
)
OUTPUTS_REFUSED = Code(
    "OutputsRefused",
    _OUTPUTS,
    "Dataverse does not show the app the outputs of this run; `innererror` holds its reason.",
    "Grant the app's user Read on Flow Session, and share the desktop flow with it as Co-owner.",
    status=409,
)
OUTPUTS_UNREADABLE = Code(
    "OutputsUnreadable",
    _OUTPUTS,
    "What Dataverse has for outputs is no JSON object, or larger than the app takes.",
    "Look at the outputs of the flow session in Power Automate.",
    status=502,
)
NOT_FOUND = Code(
    "NotFound",
    _ANSWER,
    "An address was called that the app never signed, or whose run is gone: a callback's, or a"
    " `Location`.",
    "Nothing is to be done about a callback. An engine's `Location` has to be whole, and the key"
    " that signed it must not have been taken away.",
    status=404,
)
OTHER_SESSION = Code(
    "OtherSession",
    _ANSWER,
    "A callback named a flow session that is not the run's.",
    f"{_NOTHING_DONE} Where it comes often, look who else knows the run's callback address.",
    status=409,
)
TOO_MANY = Code(
    "TooMany",
    _ANSWER,
    "One run's callback address is called more often than Dataverse would.",
    "Call again after `Retry-After`; the sweep looks at the session without a callback, too.",
    status=429,
)
UNAVAILABLE = Code(
    "Unavailable",
    _ANSWER,
    "Storage or Dataverse cannot be reached, or did not do what it was asked.",
    "Send the same request again after `Retry-After`, with the same key: nothing is lost.",
    status=503,
)
CATALOG_UNAVAILABLE = Code(
    "CatalogUnavailable",
    _ANSWER,
    "Dataverse cannot be asked now for desktop flows, their schemas or connection references, and"
    " no earlier answer is at hand; the message says why.",
    "Ask again after `Retry-After`. A start that asks for `validateInputs` was not accepted: send"
    " it again with the same key, or without `validateInputs`.",
    robot_may_have_started=False,
    status=503,
)
INTERNAL_ERROR = Code(
    "InternalError",
    _ANSWER,
    "Something that nobody expected went wrong; the log has it, as `request.failed`.",
    "Look into the log. A start may be sent again with the same key, and makes no second run.",
    status=500,
)
ROW_UNREADABLE = Code(
    "RowUnreadable",
    (Kind.ANSWER, Kind.RUN),
    "A row of the app's own storage cannot be read: something else wrote it, or a later version.",
    "Look into the log for the row and what is wrong with it. Deploy the version that wrote it, or"
    " mend the row; start nothing again before its flow sessions were looked at.",
    status=500,
)

ANSWERS = (
    INVALID_REQUEST,
    PAYLOAD_TOO_LARGE,
    KEY_REUSED,
    RUN_NOT_FOUND,
    LANE_NOT_FOUND,
    FLOW_NOT_FOUND,
    CATALOG_REFUSED,
    SCHEMA_UNREADABLE,
    RUN_FINAL,
    RUN_NOT_FINAL,
    NOT_UNCONFIRMED,
    SESSION_TAKEN,
    SESSIONS_FOUND,
    STILL_CONFIRMING,
    CANCEL_REFUSED,
    OUTPUTS_GONE,
    OUTPUTS_REFUSED,
    OUTPUTS_UNREADABLE,
    NOT_FOUND,
    OTHER_SESSION,
    TOO_MANY,
    UNAVAILABLE,
    CATALOG_UNAVAILABLE,
    INTERNAL_ERROR,
    ROW_UNREADABLE,
)
