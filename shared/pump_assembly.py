"""The pump, put together: it alone submits, and stands on more than any other service."""

from shared.foundation import Foundation
from shared.services.indexing.moves import Moves
from shared.services.submitting.address import CallbackAddress
from shared.services.submitting.lane_step import LaneStep
from shared.services.submitting.pump import Pump
from shared.services.submitting.submit import Submit


def pump(made: Foundation) -> Pump:
    """Put the pump together; nothing is called yet."""
    parts, policy, moves = made.parts, made.policy, Moves()
    runs = made.runs.moving(moves)
    address = CallbackAddress(policy.callback_base, policy.marker_base, made.facts, parts.clock)
    submit = Submit(
        runs=runs,
        dataverse=parts.dataverse,
        record=made.record(runs, parts.dataverse),
        hold=made.hold,
        signer=policy.signer,
        address=address,
        clock=parts.clock,
        pace=policy.pace,
        polling=policy.polling,
    )
    step = LaneStep(
        lanes=made.lanes,
        dataverse=parts.dataverse,
        hold=made.hold,
        address=address,
        key_id=policy.signer.key_id,
        governor=made.governor,
        waker=made.waker,
        keep_state=made.keep_state,
        allowance=made.allowance,
        clock=parts.clock,
        pace=policy.pace,
    )
    return Pump(
        lanes=made.lanes,
        step=step,
        submit=submit,
        wake_ups=parts.wake_ups,
        crews=parts.crews,
        signals=parts.signals,
        clock=parts.clock,
        concurrency=policy.concurrency,
        index=made.index,
        moves=moves,
    )
