"""What races are made of: the states in which a run can be, and what can be done to it then."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shared.domain.resolution import Action, Resolution
from shared.domain.run import Run, RunStatus
from shared.domain.session import THROTTLED, StatusCode
from shared.triggers.provider import Services
from tests.simulation.bench import Bench
from tests.simulation.chaos import Outage, Rates, Service
from tests.simulation.hearing import hear, hear_all
from tests.simulation.instance import CALLBACK_BASE, SIGNER
from tests.simulation.sessions import SimulatedSession

TOKEN = "a"

Work = Callable[[Services], object]
State = Callable[[Bench], Run]
Verb = Callable[[Bench, Run], Work]


def queued(bench: Bench) -> Run:
    return bench.start(TOKEN)


def queued_again(bench: Bench) -> Run:
    """Its first session was throttled, and that is known."""
    run = throttled(bench)
    bench.do(callback(bench, run))
    assert bench.stored(run).run.status is RunStatus.QUEUED
    return run


def died_before_sending(bench: Bench) -> Run:
    """Its submission's process died before the call, and all waits are over."""
    run = bench.start(TOKEN)
    claimed = bench.begin(
        lambda services: services.dispatch(bench.lane),
        lambda _: bench.stored(run).run.status is RunStatus.SUBMITTING,
    )
    bench.kill(claimed)
    bench.wait(bench.scenario.pace.deadline + bench.scenario.absent)
    return run


def died_before_writing(bench: Bench) -> Run:
    """Its submission's process died with the answer in its hands; the robot works."""
    run = bench.start(TOKEN)
    sent = bench.begin(
        lambda services: services.dispatch(bench.lane),
        lambda _: bool(bench.world.dataverse.sessions),
    )
    bench.kill(sent)
    bench.wait(bench.scenario.pace.deadline)
    return run


def lost(bench: Bench) -> Run:
    """Its submission never arrived; it is too early to be sure of that."""
    run = bench.start(TOKEN)
    bench.do(lambda services: services.dispatch(bench.lane), Rates(request_lost=1.0))
    return run


def lost_for_sure(bench: Bench) -> Run:
    run = lost(bench)
    bench.wait(bench.scenario.pace.deadline + bench.scenario.absent)
    return run


def unanswered(bench: Bench) -> Run:
    """The answer to its submission was lost; the robot works."""
    run = bench.start(TOKEN)
    bench.do(lambda services: services.dispatch(bench.lane), Rates(answer_lost=1.0))
    return run


def unanswered_and_cancelled(bench: Bench) -> Run:
    run = unanswered(bench)
    bench.do(lambda services: services.cancel(run.id))
    return run


def doubled(bench: Bench) -> Run:
    """Nobody heard of its submission, which arrived twice, once beyond all patience."""
    run = unanswered(bench)
    dataverse, url = bench.world.dataverse, SIGNER.url(CALLBACK_BASE, run.id)
    dataverse._begin(run.request, TOKEN, url, None, 10**6)
    return run


def running(bench: Bench) -> Run:
    run = bench.start(TOKEN)
    bench.do(lambda services: services.dispatch(bench.lane))
    return run


def cancelling(bench: Bench) -> Run:
    """It was to be cancelled when Dataverse was not there."""
    run = running(bench)
    with dataverse_down(bench):
        bench.do(lambda services: services.cancel(run.id))
    return run


def ended(bench: Bench) -> Run:
    run = running(bench)
    bench.end(session_of(bench), StatusCode.SUCCEEDED, None)
    return run


def throttled(bench: Bench) -> Run:
    run = running(bench)
    bench.end(session_of(bench), StatusCode.FAILED, THROTTLED)
    return run


def never_started(bench: Bench) -> Run:
    """No robot was free, and its request pays for another start."""
    run = bench.start(TOKEN, retries=1)
    bench.do(lambda services: services.dispatch(bench.lane))
    bench.end(session_of(bench), StatusCode.FAILED, "NoCandidateMachine")
    return run


def given_up_by_dataverse(bench: Bench) -> Run:
    """No robot was free, and that is its end."""
    run = running(bench)
    bench.end(session_of(bench), StatusCode.FAILED, "NoCandidateMachine")
    return run


def gone(bench: Bench) -> Run:
    """Somebody deleted its session in Dataverse."""
    run = ended(bench)
    session_of(bench).gone = True
    return run


def session_of(bench: Bench) -> SimulatedSession:
    """Give the first session that was made."""
    return next(iter(bench.world.dataverse.sessions.values()))


@contextmanager
def dataverse_down(bench: Bench) -> Iterator[None]:
    """Let nobody reach Dataverse meanwhile."""
    bench.world.chaos.outages = (Outage(Service.DATAVERSE, 0, 10**9),)
    yield
    bench.world.chaos.outages = ()


def cancel(bench: Bench, run: Run) -> Work:
    del bench
    return lambda services: services.cancel(run.id)


def dispatch(bench: Bench, run: Run) -> Work:
    del run
    return lambda services: services.dispatch(bench.lane)


def sweep(bench: Bench, run: Run) -> Work:
    """Look at the run, which is due."""
    watch_at = bench.stored(run).run.watch_at
    if watch_at is not None:
        bench.wait(max(0, watch_at - bench.now) + bench.scenario.pace.margin)
    return lambda services: services.sweep()


def callback(bench: Bench, run: Run) -> Work:
    session_id = session_of(bench).id
    return lambda services: hear(services, run.id, session_id)


def callbacks(bench: Bench, run: Run) -> Work:
    """Several of one moment, which share looks: twice of this run, between them one of another."""
    hint, other = (run.id, session_of(bench).id), _other_that_ended(bench)
    return lambda services: hear_all(services, hint, other, hint)


def _other_that_ended(bench: Bench) -> tuple[str, str]:
    """Give another run of the lane and its session, which has ended."""
    before = set(bench.world.dataverse.sessions)
    run = bench.start("b")
    bench.do(lambda services: services.dispatch(bench.lane))
    (session_id,) = set(bench.world.dataverse.sessions) - before
    bench.end(bench.world.dataverse.sessions[session_id], StatusCode.SUCCEEDED, None)
    return run.id, session_id


def adopt(bench: Bench, run: Run) -> Work:
    return _resolve(run, Resolution(Action.ADOPT, session_of(bench).id))


def resubmit(bench: Bench, run: Run) -> Work:
    del bench
    return _resolve(run, Resolution(Action.RESUBMIT, reason="nothing works for it", force=True))


def give_up(bench: Bench, run: Run) -> Work:
    # The operator's word is as good a reason for a run to fail as Dataverse's refusal.
    bench.world.dataverse.refused.add(TOKEN)
    return _resolve(run, Resolution(Action.FAIL))


def _resolve(run: Run, resolution: Resolution) -> Work:
    return lambda services: services.resolve(run.id, resolution)
