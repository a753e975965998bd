"""The submission window keeps a connection's limit, whatever instances, clocks and answers do.

The model plays several instances whose clocks differ by up to the margin. They claim on one
window, send or do not, are answered or not, and settle late, twice or never. A submission reaches
Dataverse between its sending and its answer, or its deadline if the answer is lost.
"""

import itertools
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.domain.window import Pace, SubmissionWindow

MODEL = settings(max_examples=200, stateful_step_count=50, deadline=None, derandomize=True)
EXAMPLES = settings(max_examples=100, deadline=None, derandomize=True)

WINDOW, DEADLINE, MARGIN = 60, 100, 7
AZURE = Pace(limit=70, window=60_000, deadline=100_000, margin=250)
SMALL = Pace(limit=3, window=WINDOW, deadline=DEADLINE, margin=MARGIN)


@dataclass
class Flight:
    """A claim as its instance knows it: `held` slots, and outcomes it has not settled yet."""

    claim: str
    skew: int
    claimed_at: int
    held: int
    under_way: int
    answered: list[int] = field(default_factory=list)
    unsent: int = 0

    @property
    def ends(self) -> int:
        return self.claimed_at + DEADLINE


ARRIVES = st.sampled_from((0.0, 1.0, 0.5))
"""Where in its time a submission arrives: the ends are what may break the limit."""


class Connection(RuleBasedStateMachine):
    """One lane's window, used by instances with clocks of their own. Times are true times."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000_000
        self.window = SubmissionWindow()
        self.pace = SMALL
        self.flights: list[Flight] = []
        self.settlements: list[tuple[str, int, tuple[int, ...], int]] = []
        self.arrivals: list[int] = []
        self.names = itertools.count()

    @initialize(limit=st.integers(1, 3))
    def begin(self, limit: int) -> None:
        self.pace = Pace(limit, WINDOW, DEADLINE, MARGIN)

    @rule(passed=st.integers(1, 40))
    def time_passes(self, passed: int) -> None:
        self.now += passed

    @rule()
    def the_fastest_clock_claims_as_soon_as_a_hold_ends(self) -> None:
        """The moment at which a mistake of one millisecond shows."""
        next_at = self.window.next_free_at(self.now + MARGIN, self.pace)
        self.now = max(self.now, next_at - MARGIN)
        self.an_instance_claims_what_is_free(MARGIN, self.pace.limit)

    @precondition(lambda self: self.flights)
    @rule(which=st.integers(0))
    def a_deadline_comes(self, which: int) -> None:
        self.now = max(self.now, self._one(which).ends)

    @rule(skew=st.sampled_from((0, MARGIN, MARGIN // 2)), share=st.integers(1, 3))
    def an_instance_claims_what_is_free(self, skew: int, share: int) -> None:
        clock = self.now + skew
        count = min(share, self.window.free(clock, self.pace))
        if count:
            claim = f"claim {next(self.names)}"
            self.window = self.window.take(claim, count, clock, self.pace)
            self.flights.append(Flight(claim, skew, self.now, count, count))

    @precondition(lambda self: self.flights)
    @rule(which=st.integers(0), arrives=ARRIVES)
    def an_answer_comes(self, which: int, arrives: float) -> None:
        """The submission was sent and arrived at any time since the claim."""
        flight = self._one(which)
        if flight.under_way and self.now <= flight.ends:
            flight.under_way -= 1
            flight.answered.append(self.now + flight.skew)
            self._arrive(flight.claimed_at, self.now, arrives)

    @precondition(lambda self: self.flights)
    @rule(which=st.integers(0), arrives=ARRIVES)
    def all_answers_come_and_are_settled(self, which: int, arrives: float) -> None:
        flight = self._one(which)
        for _ in range(flight.under_way):
            self.an_answer_comes(which, arrives)
        self.an_instance_settles(which, written=True, told=True)

    @precondition(lambda self: self.flights)
    @rule(which=st.integers(0), arrives=ARRIVES)
    def an_answer_is_lost(self, which: int, arrives: float) -> None:
        """The submission arrives nevertheless, perhaps later, up to its deadline."""
        flight = self._one(which)
        if flight.under_way:
            flight.under_way -= 1
            self._arrive(flight.claimed_at, flight.ends, arrives)

    @precondition(lambda self: self.flights)
    @rule(which=st.integers(0))
    def a_submission_is_never_sent(self, which: int) -> None:
        flight = self._one(which)
        if flight.under_way:
            flight.under_way -= 1
            flight.unsent += 1

    @precondition(lambda self: self.flights)
    @rule(which=st.integers(0), written=st.booleans(), told=st.booleans())
    def an_instance_settles(self, which: int, written: bool, told: bool) -> None:
        """The write may fail, or succeed without the instance being told."""
        flight = self._one(which)
        settlement = (flight.claim, flight.held, tuple(flight.answered), flight.unsent)
        if written:
            self.window = self.window.settle(*settlement, self.pace)
            self.settlements.append(settlement)
        if written and told:
            flight.held -= len(flight.answered) + flight.unsent
        flight.answered, flight.unsent = [], 0

    @precondition(lambda self: self.settlements)
    @rule(which=st.integers(0))
    def a_settlement_is_repeated(self, which: int) -> None:
        """At once or much later, it changes nothing."""
        settlement = self.settlements[which % len(self.settlements)]
        assert self.window.settle(*settlement, self.pace) is self.window

    @precondition(lambda self: self.flights)
    @rule(which=st.integers(0), arrives=ARRIVES)
    def an_instance_dies(self, which: int, arrives: float) -> None:
        """What it had sent arrives, and nobody settles it."""
        flight = self._one(which)
        for _ in range(flight.under_way):
            self._arrive(flight.claimed_at, flight.ends, arrives)
        self.flights.remove(flight)

    @invariant()
    def no_sliding_window_has_more_arrivals_than_the_limit(self) -> None:
        arrivals = sorted(self.arrivals)
        for first, beyond in zip(arrivals, arrivals[self.pace.limit :], strict=False):
            assert beyond - first >= WINDOW, arrivals

    @invariant()
    def every_hold_ends(self) -> None:
        """Whatever was lost: after the longest hold all slots are free."""
        later = self.now + MARGIN + self.pace.claimed_hold
        assert self.window.free(later, self.pace) == self.pace.limit

    @invariant()
    def the_next_slot_is_free_when_it_is_said_to_be_and_not_before(self) -> None:
        next_at = self.window.next_free_at(self.now, self.pace)
        assert self.window.free(next_at, self.pace) > 0
        assert next_at == self.now or self.window.free(next_at - 1, self.pace) == 0

    def teardown(self) -> None:
        """What is still under way arrives at the last moment."""
        for flight in self.flights:
            for _ in range(flight.under_way):
                self._arrive(flight.claimed_at, flight.ends, 1.0)
        self.no_sliding_window_has_more_arrivals_than_the_limit()

    def _one(self, which: int) -> Flight:
        return self.flights[which % len(self.flights)]

    def _arrive(self, earliest: int, latest: int, share: float) -> None:
        self.arrivals.append(earliest + round((latest - earliest) * share))


TestConnection = Connection.TestCase
TestConnection.settings = MODEL


class TestRate:
    """Promise 1 at its edge: nothing is claimed too soon, and nothing held back for long."""

    @EXAMPLES
    @given(
        rounds=st.lists(
            st.tuples(
                st.sampled_from((0, MARGIN)),
                st.sampled_from((0, 1, DEADLINE, None)),
                st.sampled_from((0.0, 1.0)),
            ),
            min_size=2,
            max_size=6,
        )
    )
    def test_claims_at_the_first_moment_keep_the_limit(
        self, rounds: list[tuple[int, int | None, float]]
    ) -> None:
        """The worst case: clocks at both ends, answers at once, at the last moment, or lost."""
        window, now, last_arrival = SubmissionWindow(), 0, -WINDOW
        for number, (skew, answer_after, share) in enumerate(rounds):
            now = max(now, window.next_free_at(now + skew, SMALL) - skew)
            claim, count = f"claim {number}", window.free(now + skew, SMALL)
            window = window.take(claim, count, now + skew, SMALL)
            arrival = now + round(share * (DEADLINE if answer_after is None else answer_after))
            assert count == SMALL.limit
            assert arrival - last_arrival >= WINDOW
            last_arrival = arrival
            if answer_after is not None:
                now += answer_after
                answered_at = [now + skew] * count
                window = window.settle(claim, count, answered_at, 0, SMALL)

    @EXAMPLES
    @given(answer_after=st.integers(0, 5_000), minutes=st.integers(1, 5))
    def test_the_limit_goes_through_once_a_window_when_answers_come_soon(
        self, answer_after: int, minutes: int
    ) -> None:
        """All slots at once, again as soon as the first frees."""
        window, now, sent = SubmissionWindow(), 0, 0
        round_takes = answer_after + AZURE.answered_hold
        while now < minutes * round_takes:
            free = window.free(now, AZURE)
            assert free == AZURE.limit
            window = window.take(f"claim {now}", free, now, AZURE)
            window = window.settle(f"claim {now}", free, [now + answer_after] * free, 0, AZURE)
            sent += free
            now = window.next_free_at(now, AZURE)
        assert sent == minutes * AZURE.limit

    @EXAMPLES
    @given(gaps=st.lists(st.integers(0, 2_000), min_size=80, max_size=120))
    def test_a_lone_submitter_is_never_held_up_below_the_limit(self, gaps: list[int]) -> None:
        """A slot is refused only if the limit was reached in the last window and margin."""
        window, now, sent = SubmissionWindow(), 0, list[int]()
        for number, gap in enumerate(gaps):
            now += gap
            recent = [at for at in sent if at + AZURE.answered_hold > now]
            assert window.free(now, AZURE) == AZURE.limit - len(recent)
            if len(recent) < AZURE.limit:
                window = window.take(f"claim {number}", 1, now, AZURE)
                window = window.settle(f"claim {number}", 1, [now], 0, AZURE)
                sent.append(now)
