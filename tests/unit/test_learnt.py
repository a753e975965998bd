"""What was learnt of the environment is looked up once, for however many runs are asked about."""

from typing import Any, cast

from shared.domain.callback_url import CallbackSigner
from shared.domain.identifiers import run_id
from shared.domain.session import MarkColumn
from shared.services.facts import Facts
from shared.services.following.learnt import Learnt
from tests.support.runs import LANE, NOW, RUN_ID, session, submitting

SIGNER = CallbackSigner("org.crm.dynamics.com", (b"k" * 32,))
BASES = ("https://broker.example.org", "https://old.example.org", None)


class Table:
    """Stands for the environment's table, and counts how often it is read and written."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.reads: list[str] = []
        self.writes: list[str] = []

    def knows(self, fact: str) -> bool:
        self.reads.append(fact)
        return fact in self.known

    def learn(self, fact: str, seen_on: str) -> None:
        del seen_on
        self.writes.append(fact)
        self.known.add(fact)


def test_each_fact_is_read_once_a_query_and_never_again_when_it_is_known() -> None:
    table = Table()
    learnt = Learnt(SIGNER, Facts(cast("Any", table)))
    runs = [
        submitting(id=run_id(LANE, NOW + n, bytes(10)), callback_base=BASES[n % 3])
        for n in range(50)
    ]
    assert set(learnt.kept_of(runs).values()) == {()}
    assert len(table.reads) == 4, "two addresses, and the two columns of ids"

    run = submitting(callback_base=BASES[0])
    own = session(callback_url=SIGNER.url(BASES[0] or "", RUN_ID))
    for _ in range(3):
        learnt.learn(own, run)
    assert len(table.writes) == 1
    table.reads.clear()
    kept = learnt.kept_of(runs)
    assert [kept[each.id] for each in runs[:3]] == [(MarkColumn.CALLBACK_URL,), (), ()]
    assert len(table.reads) == 3
