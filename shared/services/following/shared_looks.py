"""Looks at sessions that callbacks share: what comes within a second is asked for in one query.

The first is asked for at once. What comes while its query is under way, or within the second after
it began, waits for the next one: a look that began before a callback came proves nothing of it. Who
waits holds no thread. All state belongs to the one loop that the tasks run in.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic

from shared.domain.session import FlowSession
from shared.invocation import Carrier
from shared.services.following.seats import (
    Hint,
    LateError,
    Outcome,
    Seat,
    Sessions,
    Then,
    concerns_all,
    halves,
    tell,
)
from shared.services.following.tasks import Bell, Tasks
from shared.services.ports import Clock

EVERY_SECONDS = 1.0
"""How long after a query began the next one begins, unless it is full before."""

SESSIONS_A_QUERY = 100
"""How many sessions one query asks for (the Dataverse contract, section 1)."""

PATIENCE_SECONDS = 3.0
"""How long those who come later wait for the query before theirs, and a group for its answer."""

OUTAGE_AFTER = 5
"""So many queries that fail in a row are no one session's fault: nothing is halved any more."""

ALONE_SIDE_BY_SIDE = 4

Query = Callable[[Sequence[str]], Sessions]
"""Asks for sessions by their ids; what its answer leaves out has to be asked for alone."""


@dataclass(slots=True)
class _Asked:
    """A query under way. `left`: nobody waits for it any more, so it tells its failure itself."""

    bell: Bell
    error: Exception | None = None
    came: bool = False
    left: bool = False


@dataclass(eq=False, slots=True)
class SharedLooks(Generic[Outcome]):
    """Gathers hints, and looks at their sessions: one query for all that wait when it begins."""

    query: Query
    clock: Clock
    _gathered: dict[Hint, Seat[Outcome]] = field(default_factory=dict, init=False)
    _full: Bell | None = field(default=None, init=False)
    _going: bool = field(default=False, init=False)
    _next_at: float = field(default=0.0, init=False)
    _halving: bool = field(default=False, init=False)
    _failures: int = field(default=0, init=False)
    _left_out: deque[Seat[Outcome]] = field(default_factory=deque, init=False)
    _alone: int = field(default=0, init=False)

    async def __call__(self, hint: Hint, then: Then[Outcome], tasks: Tasks) -> Outcome:
        """Look at a session, after this moment, and give what came of doing `then` about it.

        Of those who give the same hint before the look begins, the first one's `then` is done.
        Raises DataverseError, and what `then` raises.
        """
        seat = self._gathered.get(hint)
        if seat is None:
            seat = self._gathered[hint] = Seat(hint, then, tasks.bell())
        else:
            seat.carrier = Carrier()
        if self._full is not None and len(self._gathered) >= SESSIONS_A_QUERY:
            self._full.ring()
        if not self._going:
            self._going = True
            tasks.begin(partial(self._go, tasks))
        seat.callers += 1
        try:
            await seat.bell.wait()
        finally:
            seat.callers -= 1
        return seat.outcome()

    async def _go(self, tasks: Tasks) -> None:
        """Look, one query after the other, as long as anybody waits."""
        try:
            while self._gathered:
                await self._pause(tasks)
                group = self._take()
                if group:
                    self._next_at = self.clock.monotonic() + EVERY_SECONDS
                    await self._look(group, tasks)
        finally:
            self._going = False

    async def _pause(self, tasks: Tasks) -> None:
        wait = self._next_at - self.clock.monotonic()
        if wait > 0 and len(self._gathered) < SESSIONS_A_QUERY:
            self._full = tasks.bell()
            await self._full.wait(wait)
            self._full = None

    def _take(self) -> list[Seat[Outcome]]:
        """Take who has waited longest, as many as one query has room for."""
        hints = list(self._gathered)[:SESSIONS_A_QUERY]
        return [seat for hint in hints if (seat := self._gathered.pop(hint)).wanted]

    async def _look(self, group: list[Seat[Outcome]], tasks: Tasks) -> None:
        error = await self._ask(group, tasks)
        if error is None:
            return
        if self._may_be_ones_fault(group, error) and not self._halving:
            self._halving = True
            tasks.begin(partial(self._halve, group, error, tasks))
        elif not isinstance(error, LateError):
            tell(group, error)

    async def _halve(self, group: list[Seat[Outcome]], error: Exception, tasks: Tasks) -> None:
        """Find whose fault it is that a query failed: all others get their answer."""
        parts = deque(halves(group))
        try:
            while parts:
                part = [seat for seat in parts.popleft() if seat.wanted]
                again = await self._ask(part, tasks) if part else None
                if again is None:
                    continue
                error = again
                if self._may_be_ones_fault(part, error):
                    parts.extend(halves(part))
                    continue
                if not isinstance(error, LateError):
                    tell(part, error)
                if concerns_all(error) or self._failures >= OUTAGE_AFTER:
                    break
        finally:
            self._halving = False
            for part in parts:
                tell(part, error)

    def _may_be_ones_fault(self, group: Sequence[Seat[Outcome]], error: Exception) -> bool:
        few = self._failures < OUTAGE_AFTER
        return few and len(group) > 1 and not concerns_all(error)

    async def _ask(self, part: list[Seat[Outcome]], tasks: Tasks) -> Exception | None:
        """Ask for a part; gives why it was not answered. A late answer is told when it comes."""
        asked = _Asked(tasks.bell())
        tasks.begin(partial(self._query, part, asked, tasks))
        await asked.bell.wait(PATIENCE_SECONDS)
        if asked.came:
            return asked.error
        asked.left = True
        self._failures += 1
        return LateError("Dataverse takes longer than others can wait")

    async def _query(self, part: list[Seat[Outcome]], asked: _Asked, tasks: Tasks) -> None:
        ids = sorted({seat.hint.session_id for seat in part})
        try:
            answer = await tasks.ask(part[-1].carrier.carried(partial(self.query, ids)))
        except Exception as error:  # noqa: BLE001 - whatever it is, those who wait have to hear it
            asked.error = error
            self._failures += 0 if asked.left else 1
            if asked.left:
                tell(part, error)
        else:
            self._failures = 0
            self._answered(part, answer, tasks)
        finally:
            asked.came = True
            asked.bell.ring()

    def _answered(self, part: list[Seat[Outcome]], answer: Sessions, tasks: Tasks) -> None:
        """Do what is to be done about each session, and look at each alone that is left out."""
        for seat in part:
            if seat.seen:
                continue  # the answer comes late, and another query was answered before
            seat.seen = True
            if seat.hint.session_id in answer:
                session = answer[seat.hint.session_id]
                tasks.begin(partial(self._do, seat, session, tasks))
                continue
            self._left_out.append(seat)
            if self._alone < ALONE_SIDE_BY_SIDE:
                self._alone += 1
                tasks.begin(partial(self._look_alone, tasks))

    async def _look_alone(self, tasks: Tasks) -> None:
        """Look at those that a query left out, as it does with what may not be read, or cannot."""
        try:
            while self._left_out:
                seat = self._left_out.popleft()
                session_id = seat.hint.session_id
                if not seat.callers:
                    continue
                try:
                    query = partial(self.query, [session_id])
                    answer = await tasks.ask(seat.carrier.carried(query))
                except Exception as error:  # noqa: BLE001 - as above
                    seat.take(error)
                else:
                    tasks.begin(partial(self._do, seat, answer.get(session_id), tasks))
        finally:
            self._alone -= 1

    async def _do(self, seat: Seat[Outcome], session: FlowSession | None, tasks: Tasks) -> None:
        try:
            seat.take(await tasks.store(seat.carrier.carried(partial(seat.then, session))))
        except Exception as error:  # noqa: BLE001 - as above
            seat.take(error)
