"""Submissions of one connection, as the processes see them that send them."""

from dataclasses import dataclass


@dataclass(slots=True)
class ConnectionCalls:
    """`under_way`: for how many somebody waits; `spent`: how many answers said that a slot is used.

    An answer that says that nothing was done spends none, and a missing one says nothing.
    """

    under_way: int = 0
    spent: int = 0
