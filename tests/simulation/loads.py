"""What the worlds of rates.py are given: lanes and instances, and what binds them."""

from dataclasses import dataclass, replace

from tests.simulation.protection import UserLimits

HALF = UserLimits(requests=600, execution=120_000, window=60_000)
"""Half of the documented limits' rate, in windows of a minute: worlds are cheaper for it."""


@dataclass(frozen=True, slots=True)
class Load:
    """So many lanes with a backlog of `windows` times their limit, on so many instances.

    `spread`: their slots free one after the other, evenly, as those of a lane do that has long had
    runs to submit; else all slots of all lanes are free in the beginning, and free together again.
    `hanging`: how many further lanes there are whose submissions hang. `user`: what the user is
    allowed; None: whatever it asks for. With limits it is watched for so many `minutes`, in which
    no lane may come to the end of its backlog. `submits_for`, `reads_for`: how long Dataverse
    works on a submission, and on another call (ms).
    """

    lanes: int
    instances: int = 1
    limit: int = 70
    windows: int = 4
    spread: bool = False
    hanging: int = 0
    user: UserLimits | None = None
    minutes: int = 4
    submits_for: int = 50
    reads_for: int = 20


TEN = Load(10, limit=40, windows=2, spread=True)

LOADS = {
    "one lane, one instance": Load(1),
    "one lane, four instances": Load(1, 4),
    "ten lanes at once, one instance": Load(10, limit=40),
    "ten lanes, one instance": TEN,
    "ten lanes, four instances": replace(TEN, instances=4),
    "eighty lanes at once, one instance": Load(80, limit=5),
    "eighty lanes, one instance": Load(80, limit=10, windows=2, spread=True),
    "eighty lanes, four instances": Load(80, 4, limit=10, windows=2, spread=True),
    "ten lanes beside two that hang, one instance": replace(TEN, hanging=2),
    "ten lanes beside two that hang, four instances": replace(TEN, instances=4, hanging=2),
    "requests bind, one instance": Load(12, user=HALF, submits_for=100),
    "requests bind, four instances": Load(12, 4, user=HALF, minutes=6, windows=6, submits_for=100),
    "execution time binds, one instance": Load(12, user=UserLimits(), minutes=8, submits_for=1_000),
    "execution time binds, four instances": Load(
        12, 4, user=UserLimits(), minutes=8, submits_for=1_000
    ),
}
"""By their names. Where many lanes are asked for, limits are lower than a connection's: the rate
that one instance has to keep up is that of eleven connections or more, and the world is cheap."""
