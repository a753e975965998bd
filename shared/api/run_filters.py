"""What runs are listed by."""

from shared.api.operations import Parameter, query_parameter
from shared.api.parts import TOKEN
from shared.api.shapes import Plain
from shared.domain.kinds import Flag, Guid, Key, Moment, Whole
from shared.domain.list_kinds import Several
from shared.domain.request import CONNECTION_NAME_LIMIT, CORRELATION_ID_LIMIT
from shared.domain.run import RunStatus

RUNS_LIMIT = 500

RUN_FILTERS: tuple[Parameter, ...] = (
    query_parameter(
        "connectionName",
        Plain("string", longest=CONNECTION_NAME_LIMIT),
        "Connection",
        "Only runs of this connection, or of this connection reference.",
        "shared-uiflow-4711",
    ),
    query_parameter(
        "status",
        Several((*RunStatus,)),
        "Status",
        "Only runs in this state, or in one of several between commas.",
        ("Queued", "Running"),
    ),
    query_parameter(
        "workflowId",
        Guid(),
        "Desktop Flow",
        "Only runs of this desktop flow.",
        "f091ffab-58bb-4630-a115-659453d56f59",
    ),
    query_parameter(
        "correlationId",
        Plain("string", longest=CORRELATION_ID_LIMIT),
        "Correlation Id",
        "Only runs that were started with this one.",
        "order-4711",
    ),
    query_parameter(
        "createdAfter",
        Moment(),
        "Created After",
        "Only runs that were accepted after this time.",
        "2026-11-24T00:00:00Z",
    ),
    query_parameter(
        "createdBefore",
        Moment(),
        "Created Before",
        "Only runs that were accepted before this time.",
        "2026-11-25T00:00:00Z",
    ),
    query_parameter(
        "idempotencyKey",
        Key(),
        "Idempotency Key",
        "Only the run that this key stands for.",
        "invoice-4711",
    ),
    query_parameter(
        "needsOperator",
        Flag(),
        "Needs Operator",
        "True: only runs that a person has to decide about; false: only others.",
        True,
    ),
    query_parameter(
        "top",
        Whole(1, RUNS_LIMIT),
        "Page Size",
        "How many runs at most; 50 if left out.",
        100,
    ),
    TOKEN,
)
