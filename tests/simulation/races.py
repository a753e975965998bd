"""The races of cancelling: each state of a run, and each verb that can come upon it there."""

from dataclasses import dataclass, field, fields

from shared.domain.run import RunStatus
from tests.simulation.chaos import Rates
from tests.simulation.race_parts import (
    State,
    Verb,
    adopt,
    callback,
    callbacks,
    cancel,
    cancelling,
    died_before_sending,
    died_before_writing,
    dispatch,
    doubled,
    ended,
    give_up,
    given_up_by_dataverse,
    gone,
    lost,
    lost_for_sure,
    never_started,
    queued,
    queued_again,
    resubmit,
    running,
    sweep,
    throttled,
    unanswered,
    unanswered_and_cancelled,
)


@dataclass(frozen=True, slots=True)
class Race:
    """Cancelling a run in a state against another verb, in some weather.

    `ends`: how the run may end although its cancellation was accepted. `may_refuse`: whether
    Dataverse may be said to refuse the cancelling.
    """

    state: State
    verb: Verb
    rates: Rates = field(default_factory=Rates)
    down: bool = False
    ends: tuple[RunStatus, ...] = (RunStatus.CANCELLED,)
    may_refuse: bool = False

    def __str__(self) -> str:
        weather = [each.name for each in fields(Rates) if getattr(self.rates, each.name)]
        weather += ["down"] if self.down else []
        told = f"{self.state.__name__}-{self.verb.__name__}"
        return "-".join((told, *weather))


_DONE = (RunStatus.CANCELLED,)
_BY_ITS_ROW = (RunStatus.SUCCEEDED,)

RACES = (
    *(
        Race(state, dispatch, rates)
        for state in (queued, queued_again)
        for rates in (
            Rates(),
            Rates(throttled=1.0),
            Rates(throttled_session=1.0),
            Rates(request_lost=1.0),
            Rates(answer_lost=1.0),
            Rates(server_error=1.0),
        )
    ),
    Race(queued, dispatch, Rates(refused=1.0), ends=(*_DONE, RunStatus.FAILED)),
    Race(queued, dispatch, down=True),
    Race(queued, sweep),
    Race(queued, cancel),
    Race(queued_again, callback),
    Race(queued_again, cancel),
    *(
        Race(state, verb)
        for state in (died_before_sending, lost, lost_for_sure)
        for verb in (sweep, cancel)
    ),
    *(Race(state, resubmit) for state in (lost, lost_for_sure)),
    *(Race(state, give_up, ends=(*_DONE, RunStatus.FAILED)) for state in (lost, lost_for_sure)),
    *(
        Race(state, verb)
        for state in (died_before_writing, unanswered, unanswered_and_cancelled, doubled)
        for verb in (sweep, callback, adopt, cancel)
    ),
    *(
        Race(state, verb, rates)
        for state in (running, cancelling)
        for verb in (sweep, callback, cancel)
        for rates in (Rates(), Rates(read_failed=1.0))
    ),
    *(Race(running, verb, down=True) for verb in (sweep, callback, cancel)),
    *(
        Race(ended, verb, rates, ends=_BY_ITS_ROW)
        for verb in (sweep, callback, cancel)
        for rates in (Rates(), Rates(read_failed=1.0))
    ),
    *(
        Race(state, verb)
        for state in (throttled, never_started)
        for verb in (sweep, callback, cancel)
    ),
    *(Race(state, callbacks) for state in (running, cancelling, unanswered, throttled)),
    Race(running, callbacks, Rates(read_failed=1.0)),
    Race(ended, callbacks, ends=_BY_ITS_ROW),
    Race(gone, callbacks, ends=(RunStatus.FAILED,), may_refuse=True),
    *(
        Race(given_up_by_dataverse, verb, ends=(RunStatus.FAILED,))
        for verb in (sweep, callback, cancel)
    ),
    *(
        Race(gone, verb, ends=(RunStatus.FAILED,), may_refuse=True)
        for verb in (sweep, callback, cancel)
    ),
)

CLOSE_RACES = (
    Race(queued, dispatch),
    Race(queued, dispatch, Rates(answer_lost=1.0)),
    Race(lost_for_sure, sweep),
    Race(lost_for_sure, resubmit),
    Race(unanswered, sweep),
    Race(unanswered, callback),
    Race(doubled, sweep),
    Race(running, sweep),
    Race(throttled, sweep),
    Race(throttled, callback),
    Race(ended, callback, ends=_BY_ITS_ROW),
)
"""Those in which both write to the run, and more than one thing of each."""
