"""What was learnt of the environment from sessions of ours: what Dataverse keeps, and shows.

None of it is documented for certain. A fact is learnt only from a session that shows to the letter
what a query would ask for; until then "none found" proves nothing (the Dataverse contract, 6, 11).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.callback_url import CallbackSigner
from shared.domain.evidence import kept
from shared.domain.matching import is_on
from shared.domain.run import Run
from shared.domain.session import FlowSession, MarkColumn
from shared.services.facts import Facts, digest

_IDS = (MarkColumn.CORRELATION_ID, MarkColumn.CLIENT_TRACKING_ID)


@dataclass(frozen=True, slots=True)
class Learnt:
    """Facts about the environment that sessions of ours show."""

    signer: CallbackSigner
    facts: Facts

    def learn(self, session: FlowSession, run: Run) -> None:
        """Look at a session that is known to be this run's, and remember what it shows."""
        for column in kept(run, session, self.signer):
            self.facts.remember(_fact(column, run), session.id)
        if is_on(run, session):
            self.facts.remember(_shown(run), session.id)

    def kept_of(self, runs: Sequence[Run]) -> dict[str, tuple[MarkColumn, ...]]:
        """List by run id the columns that are known to keep what the run's submission has sent.

        A callback URL may be kept at one of the app's addresses and written otherwise at another.
        Each fact is looked up once, for however many runs.
        """
        facts = {_fact(column, run) for run in runs for column in _sent(run)}
        known = {fact for fact in sorted(facts) if self.facts.knows(fact)}
        return {
            run.id: tuple(column for column in _sent(run) if _fact(column, run) in known)
            for run in runs
        }

    def shows_connection_of(self, run: Run) -> bool:
        """Say whether a session shows this run's connection by the name that it was submitted to.

        It may be shown by its name on one connection, and otherwise on another.
        """
        return self.facts.knows(_shown(run))


def _sent(run: Run) -> tuple[MarkColumn, ...]:
    return _IDS if run.callback_base is None else (MarkColumn.CALLBACK_URL, *_IDS)


def _fact(column: MarkColumn, run: Run) -> str:
    if column is not MarkColumn.CALLBACK_URL:
        return f"kept:{column}"
    return f"kept:{column}:{digest(run.callback_base or '')}"


def _shown(run: Run) -> str:
    return f"connection:{digest((run.known_connection or '').casefold())}"
