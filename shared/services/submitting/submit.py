"""Submitting one claimed run, and what each answer of Dataverse means for it and for its slot."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.dataverse.errors import (
    AnsweredError,
    AppRefusedError,
    NoTokenError,
    NotSentError,
    OutcomeUnknownError,
    ThrottledError,
)
from shared.dataverse.models import Submitted
from shared.domain.callback_url import CallbackSigner
from shared.domain.identifiers import lane_of
from shared.domain.lane import Setback
from shared.domain.pause import SHORTEST, Pause, Why, asked_ms
from shared.domain.request import ConnectionType, RunRequest
from shared.domain.run import Polling, Run, RunError, RunStatus, again, steps
from shared.domain.window import Pace
from shared.services.following.record import Record
from shared.services.hold import UNSAID_MS, EnvironmentHold
from shared.services.ports import Clock, Dataverse
from shared.services.submitting.address import CallbackAddress, refusal_of_the_marker
from shared.services.submitting.landing import Claimed, Landing, Slot
from shared.services.submitting.measured import measure, submitting
from shared.services.submitting.verdict import NO_LONGER, Verdict, error_of, refusal_of
from shared.storage.runs import RunTable, StoredRun
from shared.storage.table import StorageError
from shared.telemetry import event, failure

LEAST_OF_THE_DEADLINE = 0.1
CONFIRM_AFTER_MS = 5_000

Requeue = Callable[..., Run]
"""A step that puts a run back, of the form of `again.requeue`."""


@dataclass(frozen=True, slots=True)
class Submit:
    """Sends one run to Dataverse and writes the answer to it at once."""

    runs: RunTable
    dataverse: Dataverse
    record: Record
    hold: EnvironmentHold
    signer: CallbackSigner
    address: CallbackAddress
    clock: Clock
    pace: Pace
    polling: Polling

    def __call__(self, claimed: Claimed) -> Landing:
        """Submit a run that is `Submitting` under this claim.

        Never raises: whatever could not be read or written stays `Submitting`, with a look due.
        """
        slot = Slot.UNSENT
        try:
            stored = self.runs.read(claimed.run_id)
            if stored is not None and _waits_for(stored.run, claimed):
                inputs = self.runs.read_inputs(stored.run)
                run = self._marked(stored, claimed)
                if not _waits_for(run, claimed):
                    return Landing(claimed.claim, slot, self.clock.now())
                slot = Slot.UNKNOWN
                with submitting(run) as span:
                    verdict = self._send(run, inputs, claimed)
                    slot = verdict.landing.slot
                    after = self._record(stored, verdict)
                    measure(after, verdict, span)
                if slot is Slot.ANSWERED and not verdict.landing.asks_to_wait:
                    self.hold.worked(claimed.claimed_at, submission=True)
                if verdict.session_id is not None:
                    self.address.learn(run)
                return verdict.landing
        except StorageError as error:
            _tell_unwritten(claimed, error)
        except Exception as error:  # noqa: BLE001 - the outermost edge of a thread: told, not lost
            failure("run.submission_failed", error, run_id=claimed.run_id)
        return Landing(claimed.claim, slot, self.clock.now())

    def _marked(self, stored: StoredRun, claimed: Claimed) -> Run:
        """Give the run as it is sent: what it will carry is written before it leaves."""
        if not self.address.goes_without(stored.run):
            return stored.run
        return self.runs.change(stored, lambda run: steps.unmark(run, claimed.claim))

    def _send(self, run: Run, inputs: str | None, claimed: Claimed) -> Verdict:
        url = self.signer.url(run.callback_base, run.id) if run.callback_base else None
        seconds = self._seconds_left(claimed)
        if run.cancel_requested_at is not None or seconds < self._least_seconds():
            return self._put_back(claimed, NO_LONGER, Slot.UNSENT)
        try:
            request = _to_the_lane(run, claimed)
            submitted = self.dataverse.run_desktop_flow(
                request,
                inputs,
                url,
                submission_id=self.signer.submission_id(run.id, run.attempts),
                seconds=seconds,
            )
        except NotSentError as error:
            reason = RunError("NotSent", str(error), robot_may_have_started=False)
            code = Why.NO_TOKEN if isinstance(error, NoTokenError) else Why.UNREACHABLE
            setback = Setback(code, str(error))
            return self._put_back(claimed, reason, Slot.UNSENT, setback=setback)
        except AnsweredError as error:
            return self._answered(run, claimed, error)
        except OutcomeUnknownError as error:
            return self._unknown(claimed, error)
        return self._accepted(claimed, submitted)

    def _answered(self, run: Run, claimed: Claimed, error: AnsweredError) -> Verdict:
        """Tell a refusal of the run from one of the app, and from being asked for less."""
        if isinstance(error, ThrottledError):
            return self._throttled(claimed, error)
        if isinstance(error, AppRefusedError):
            hold = self.hold.obey(error, by_submission=True)
            return self._put_back(claimed, refusal_of(error), Slot.UNSENT, hold=hold)
        if self.address.may_be_refused(run, error):
            refusal = refusal_of_the_marker(error)
            return self._put_back(claimed, refusal, Slot.ANSWERED, again.requeue_without)
        return self._refused(claimed, error_of(error))

    def _throttled(self, claimed: Claimed, error: ThrottledError) -> Verdict:
        """Put back what nothing was done for: this lane waits, or all of them do."""
        slot = Slot.UNSENT if error.not_counted else Slot.ANSWERED
        if error.of_the_user:
            hold = self.hold.obey(error, by_submission=True)
            return self._put_back(claimed, error_of(error), slot, hold=hold)
        asked = asked_ms(error.retry_after)
        first = SHORTEST if asked else UNSAID_MS
        setback = Setback(Why.THROTTLED, str(error), asked, first)
        return self._put_back(claimed, error_of(error), slot, setback=setback)

    def _least_seconds(self) -> float:
        """Give the time that a call needs before its deadline to be worth beginning."""
        return self.pace.deadline / 1000 * LEAST_OF_THE_DEADLINE

    def _seconds_left(self, claimed: Claimed) -> float:
        """Count what is left of the deadline, by both clocks: one of them may stand still."""
        by_wall = claimed.claimed_at + self.pace.deadline - self.clock.now()
        return min(claimed.ends - self.clock.monotonic(), by_wall / 1000)

    def _accepted(self, claimed: Claimed, submitted: Submitted) -> Verdict:
        at = self.clock.now()

        def step(run: Run) -> Run:
            return steps.accept(
                run,
                claimed.claim,
                submitted.flow_session_id,
                at=at,
                polling=self.polling,
                licence=submitted.licence_warning,
            )

        landing = Landing(claimed.claim, Slot.ANSWERED, at)
        return Verdict("run.submitted", step, landing, session_id=submitted.flow_session_id)

    def _put_back(
        self,
        claimed: Claimed,
        error: RunError,
        slot: Slot,
        requeue: Requeue = again.requeue,
        *,
        setback: Setback | None = None,
        hold: Pause | None = None,
    ) -> Verdict:
        at = self.clock.now()

        def step(run: Run) -> Run:
            return requeue(run, claimed.claim, at=at, error=error)

        landing = Landing(claimed.claim, slot, at, setback, hold, put_back=True)
        return Verdict("run.requeued", step, landing, error)

    def _refused(self, claimed: Claimed, error: RunError) -> Verdict:
        at = self.clock.now()

        def step(run: Run) -> Run:
            return steps.refuse(run, claimed.claim, error, at=at)

        return Verdict("run.refused", step, Landing(claimed.claim, Slot.ANSWERED, at), error)

    def _unknown(self, claimed: Claimed, unknown: OutcomeUnknownError) -> Verdict:
        at = self.clock.now()
        answer = unknown.answer
        code = answer.code if answer else ""
        status = answer.status if answer else None
        error = RunError(code or "OutcomeUnknown", str(unknown), status=status)

        def step(run: Run) -> Run:
            look_at = at + CONFIRM_AFTER_MS
            return steps.leave_unconfirmed(run, claimed.claim, error, at=at, look_at=look_at)

        return Verdict("run.unconfirmed", step, Landing(claimed.claim, Slot.UNKNOWN, at), error)

    def _record(self, stored: StoredRun, verdict: Verdict) -> Run:
        """Write what came of the call; the slot is what it is, even if this fails.

        Only a session has consequences; whoever works the lane knows of a run that is put back.
        """
        write = self.runs.change if verdict.session_id is None else self.record.step
        run = write(stored, verdict.step)
        event(
            verdict.event,
            level=logging.WARNING if verdict.error else logging.INFO,
            run_id=run.id,
            lane=lane_of(run.id),
            status=run.status.value,
            attempt=run.attempts,
            flow_session_id=run.flow_session_id,
            code=verdict.error.code if verdict.error else None,
        )
        return run


def _to_the_lane(run: Run, claimed: Claimed) -> RunRequest:
    """Name the lane's own connection: Dataverse would resolve a reference anew.

    One that was rebound since the start would spend another connection's allowance.
    """
    return replace(
        run.request,
        connection_name=claimed.connection,
        connection_type=ConnectionType.CONNECTION,
    )


def _waits_for(run: Run, claimed: Claimed) -> bool:
    return run.status is RunStatus.SUBMITTING and run.claim == claimed.claim


def _tell_unwritten(claimed: Claimed, error: StorageError) -> None:
    event(
        "run.unwritten",
        level=logging.WARNING,
        run_id=claimed.run_id,
        lane=lane_of(claimed.run_id),
        reason=str(error),
    )
