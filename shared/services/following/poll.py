"""Polling: the looks that are due, over all lanes, 100 sessions a request to Dataverse."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.run import Polling
from shared.services.announcing.announce import Announce
from shared.services.following.asking import Asking
from shared.services.following.confirm import RUNS_A_REQUEST
from shared.services.following.confirmations import Confirmations
from shared.services.following.due import read_due
from shared.services.following.looks import SESSIONS_A_REQUEST, Looks
from shared.services.rounds.round import Round
from shared.services.side_by_side import full_parts, parts
from shared.storage.rows import Watch
from shared.storage.runs import StoredRun

ENDS_SHARE = 0.2
"""How much of its time a round keeps for telling of ends."""


@dataclass(frozen=True, slots=True)
class Poll:
    """Looks at runs; what it does not get to stays due, and what fails waits its turn again.

    What a run is tells whether it has ended; that its look says so only spares it the waiting for
    Dataverse.
    """

    announce: Announce
    polling: Polling

    def __call__(self, watches: Sequence[Watch], this: Round) -> None:
        """Take the looks that are due, until the round is over or Dataverse wants no more.

        Ends that nobody has announced need no Dataverse, and come in any case.
        """
        this.keep_for_ends(ENDS_SHARE)
        self._look_after([watch for watch in watches if not watch.ended], this)
        this.tell_index()
        self._announce_ends([watch for watch in watches if watch.ended], this)

    def _look_after(self, watches: Sequence[Watch], this: Round) -> None:
        looks = Asking(Looks(this, self.polling), this)
        confirmations = Asking(Confirmations(this, self.polling), this)
        running, awaiting = list[StoredRun](), list[StoredRun]()
        for some in parts(watches, SESSIONS_A_REQUEST):
            if not this.may_ask:
                break
            due = read_due(some, this)
            this.ended.extend(stored for stored in due if stored.run.final)
            going_on = [stored for stored in due if not stored.run.final]
            running += [stored for stored in going_on if stored.run.flow_session_id]
            awaiting += [stored for stored in going_on if stored.run.awaits_answer]
            # Only full queries, whatever else is due between them; the rest comes last.
            full, running = full_parts(running, SESSIONS_A_REQUEST)
            for group in parts(full, SESSIONS_A_REQUEST):
                looks(group)
            full, awaiting = full_parts(awaiting, RUNS_A_REQUEST)
            for group in parts(full, RUNS_A_REQUEST):
                confirmations(group)
        # Whichever comes first may take all that is left of the time, so it is not always the same.
        if this.any_of(2):
            looks(running)
            confirmations(awaiting)
            looks.find()
            confirmations.find()
        else:
            confirmations(awaiting)
            looks(running)
            confirmations.find()
            looks.find()

    def _announce_ends(self, watches: Sequence[Watch], this: Round) -> None:
        """Tell of ends, beginning with any: one that cannot be told must not come first for ever.

        Those that this sweep has no time for are due at the next.
        """
        found, first = list(this.ended), this.any_of(len(watches))
        for some in parts([*watches[first:], *watches[:first]], SESSIONS_A_REQUEST):
            if not this.over and not self.announce.quiet:
                this.each(read_due(some, this), self.announce.at_once)
        for part in parts(found, SESSIONS_A_REQUEST):
            if not this.over and not self.announce.quiet:
                this.each(part, self.announce.at_once)
