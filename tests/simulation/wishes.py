"""What those outside do in a world, each decided before it begins: clients, engines, operators.

And Dataverse, where a connection of its hangs. Times in ms of the simulation.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """A client's wish for a run, which it repeats under its key until it is answered.

    `by_message`: it is put into the queue of requests, once; its id stands for a missing key.
    `cancels_after`: how long after the answer the client thinks better of it.
    `waits`: the client is an engine, which waits for the end at an address of its own, and
    `leaves_after` so long after the answer waits no more; `cancels` says that the run is cancelled
    then.
    """

    name: str
    at: int
    lane: int
    key: str | None
    high: bool = False
    retries: int = 0
    by_reference: bool = False
    reuses_key: bool = False
    by_message: bool = False
    cancels_after: int | None = None
    notify_url: str | None = None
    waits: bool = False
    leaves_after: int | None = None
    cancels: bool = False


@dataclass(frozen=True, slots=True)
class Listener:
    """An engine that subscribes to the ends of all runs, or of those that succeed.

    `ends`: when it unsubscribes; None: never. Both in ms of the simulation.
    """

    name: str
    begins: int
    ends: int | None = None
    successes: bool = False


@dataclass(frozen=True, slots=True)
class Halt:
    """A time in which an operator has a lane wait; ms of the simulation."""

    lane: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Hang:
    """A time (ms) in which submissions of a lane's connection take up to their deadline.

    `silent`: none of them is ever answered.
    """

    lane: int
    begins: int
    ends: int
    silent: bool = False
