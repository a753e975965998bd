"""The Dataverse client: the few calls of the Web API that desktop flows need.

RunDesktopFlow is never repeated: Dataverse offers no key that would make a second one harmless
(the Dataverse contract, section 5).
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import Any, TypeVar
from urllib.parse import quote

from shared.dataverse import models
from shared.dataverse.columns import Columns
from shared.dataverse.errors import NotFoundError, OutcomeUnknownError, UnreadableRowsError
from shared.dataverse.web_api import WebApi
from shared.domain.allowance import Allowance
from shared.domain.amounts import as_doubles
from shared.domain.instants import to_iso
from shared.domain.request import RunRequest
from shared.domain.session import FlowSession, Mark
from shared.domain.strict_json import compact, parse

_Value = TypeVar("_Value")

IDS_A_QUERY = 100
CONDITION_LIMIT = 24_000
"""How long a condition may be, encoded: a URL has up to 32,768 characters (section 1)."""
FILE_SECONDS = 60.0
"""How long reading inputs or outputs may take: they may have 32 MB."""


class DataverseClient:
    """Calls one environment; safe to use from several threads.

    Every method raises a DataverseError: NotSentError, ThrottledError, RefusedError (of which
    NotFoundError is one), or OutcomeUnknownError.
    """

    def __init__(self, api: WebApi) -> None:
        self._api = api
        self._columns = Columns(models.SESSION_COLUMNS, models.OPTIONAL_COLUMNS)

    def prepare(self) -> None:
        """Make sure of a token, so that a submission does not begin by waiting for one."""
        self._api.prepare()

    def ahead(self) -> int | None:
        """Tell how far Dataverse's clock is ahead of this one (ms), as its last answer said."""
        return self._api.ahead

    def allowance(self) -> Allowance | None:
        """Tell what the app's user may still ask for, as the last answer said that told it."""
        return self._api.allowance

    def run_desktop_flow(
        self,
        request: RunRequest,
        inputs: str | None,
        callback_url: str | None,
        *,
        submission_id: str | None = None,
        seconds: float,
    ) -> models.Submitted:
        """Start a desktop flow, within `seconds` all in all; 200 means queued, not started.

        `submission_id`: a GUID of this submission alone, which its session may be seen to keep;
        None: any.
        """
        path = f"workflows({request.workflow_id})/Microsoft.Dynamics.CRM.RunDesktopFlow"
        parameters = models.run_parameters(request, inputs, callback_url)
        given = partial(_given, inputs, callback_url)
        answer = self._api.call(
            "POST", path, parameters, seconds=seconds, given=given, request_id=submission_id
        )
        try:
            return models.submitted(answer)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise OutcomeUnknownError("the answer names no flow session") from error

    def cancel(self, session_id: str) -> None:
        """Ask Dataverse to cancel a session; it turns Cancelled later, or ends before."""
        path = f"flowsessions({session_id})/Microsoft.Dynamics.CRM.CancelDesktopFlowRun"
        self._api.call("POST", path)

    def session(self, session_id: str) -> FlowSession:
        """Read one flow session; raises NotFoundError if Dataverse has none of this id."""
        row = self._columns.select(
            lambda columns: self._api.call("GET", f"flowsessions({session_id})?$select={columns}")
        )
        session = _translated(row, models.session)
        if session.id != session_id.lower():
            raise OutcomeUnknownError("the answer is the row of another flow session")
        return session

    def sessions(self, ids: Sequence[str]) -> dict[str, FlowSession]:
        """Read flow sessions by id, 100 a request.

        Those that Dataverse has not are left out, and those whose row says what no session can: one
        of them must not keep the others of its request from being read.
        """
        found: dict[str, FlowSession] = {}
        for start in range(0, len(ids), IDS_A_QUERY):
            values = json.dumps(ids[start : start + IDS_A_QUERY], separators=(",", ":"))
            condition = (
                f"Microsoft.Dynamics.CRM.In(PropertyName='flowsessionid',PropertyValues={values})"
            )
            for row in self._rows_where(condition):
                with suppress(OutcomeUnknownError):
                    session = _translated(row, models.session)
                    found[session.id] = session
        return found

    def sessions_marked(self, marks: Sequence[Mark]) -> list[FlowSession]:
        """Find the sessions that carry one of these marks, in as few requests as fit.

        Raises UnreadableRowsError, which has the others, if a row cannot be read: it may be any.
        """
        conditions = _conditions([f"{mark.column} eq {_literal(mark.text)}" for mark in marks])
        rows = (self._rows_where(condition, "&$orderby=createdon") for condition in conditions)
        return _all_sessions(chain.from_iterable(rows))

    def sessions_since(self, workflow_id: str, created_from: int) -> list[FlowSession]:
        """Read the sessions of a desktop flow made since then (ms), oldest first.

        Raises UnreadableRowsError, which has the others, if a row cannot be read.
        """
        condition = (
            f"_regardingobjectid_value eq {workflow_id} and createdon ge {to_iso(created_from)}"
        )
        return _all_sessions(self._rows_where(condition, "&$orderby=createdon"))

    def inputs(self, session_id: str) -> dict[str, Any] | None:
        """Read what a flow session was given; None where Dataverse shows nothing.

        Numbers are doubles: that Dataverse keeps all digits of what it was sent is not known.
        """
        try:
            inputs: dict[str, Any] | None = as_doubles(self._file(session_id, "inputs"))
        except NotFoundError:
            return None
        return inputs

    def outputs(self, session_id: str) -> dict[str, Any] | None:
        """Read what a flow session gave back; None where it gave nothing.

        Which answer says "nothing" is not documented: 204, 404 and an empty body all do (the
        Dataverse contract, section 6). As 404 is also the answer where the session is gone, it is
        looked for then; raises NotFoundError if there is none.
        """
        try:
            return self._file(session_id, "outputs")
        except NotFoundError:
            self.session(session_id)
            return None

    def connection_reference(self, logical_name: str) -> models.ConnectionReference | None:
        """Read a connection reference by its logical name; None if there is none."""
        condition = f"connectionreferencelogicalname eq {_literal(logical_name)}"
        columns = ",".join(models.REFERENCE_COLUMNS)
        rows = self._api.rows(f"connectionreferences?$select={columns}&$filter={quote(condition)}")
        unreadable: OutcomeUnknownError | None = None
        for row in rows:
            try:
                return _translated(row, models.reference)
            except OutcomeUnknownError as error:
                unreadable = error
        if unreadable is not None:
            raise unreadable
        return None

    def _file(self, session_id: str, column: str) -> dict[str, Any] | None:
        path = f"flowsessions({session_id})/{column}/$value"
        return self._api.call("GET", path, seconds=FILE_SECONDS) or None

    def _rows_where(self, condition: str, options: str = "") -> list[Any]:
        where = f"$filter={quote(condition)}{options}"
        return self._columns.select(
            lambda columns: list(self._api.rows(f"flowsessions?$select={columns}&{where}"))
        )


def _translated(row: Any, translate: Callable[[Any], _Value]) -> _Value:
    try:
        return translate(row)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise OutcomeUnknownError(f"a row cannot be read: {type(error).__name__}") from error


def _all_sessions(rows: Iterable[Any]) -> list[FlowSession]:
    """Translate all rows, or raise: of a row that cannot be read nobody may say "none found"."""
    found: list[FlowSession] = []
    unreadable = 0
    for row in rows:
        try:
            found.append(_translated(row, models.session))
        except OutcomeUnknownError:
            unreadable += 1
    if unreadable:
        raise UnreadableRowsError(found, unreadable)
    return found


def _given(inputs: str | None, callback_url: str | None) -> Iterator[str]:
    """List what RunDesktopFlow is given that an error of its may repeat, and nobody is to read."""
    if callback_url is not None:
        yield callback_url
        yield callback_url.rpartition("/")[2]
    if inputs is not None:
        yield inputs
        todo: list[Any] = [parse(inputs.encode())]
        while todo:
            match todo.pop():
                case dict() as members:
                    todo += members.values()
                case list() as items:
                    todo += items
                case str() as text:
                    yield text
                case bool() | None:
                    pass
                case number:
                    yield compact(number)


def _conditions(alternatives: Sequence[str]) -> Iterator[str]:
    """Join alternatives with `or`, as many as one request has room for."""
    condition, length = "", 0
    for each in alternatives:
        needs = len(quote(f" or {each}"))
        if condition and length + needs > CONDITION_LIMIT:
            yield condition
            condition, length = "", 0
        condition = f"{condition} or {each}" if condition else each
        length += needs
    if condition:
        yield condition


def _literal(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
