"""The policy: what the services are told of the world they work in, whoever built it."""

from dataclasses import dataclass

from shared.domain.callback_url import CallbackSigner
from shared.domain.destinations import Destinations
from shared.domain.protection import DOCUMENTED, Protection
from shared.domain.run import Polling
from shared.domain.run.notification import ENGINE_REDELIVERY, REDELIVERY, Redelivery
from shared.domain.window import Pace


@dataclass(frozen=True, slots=True)
class Policy:
    """Times in ms. `environment`: Dataverse's host, which lanes are named after.

    `callback_base`: the app's public address; None where nobody can call it: then callback URLs are
    below `marker_base`, which never resolves, or there are none. `concurrency`: calls
    side by side in one invocation. `confirm_absent`: how long after a sending must have ended
    "none found" is believed. `retention`: how long a run is kept after its end, and `keep_inputs`
    whether its inputs are. `redelivery`: how often the address of a start is told, and
    `engine_redelivery` those that wait or listen; a subscription that fails as long is removed.
    `protection`: what Dataverse lets the app's user do, over all processes.
    """

    environment: str
    signer: CallbackSigner
    callback_base: str | None
    marker_base: str | None
    pace: Pace
    polling: Polling
    concurrency: int
    confirm_absent: int
    retention: int
    keep_inputs: bool
    destinations: Destinations
    redelivery: Redelivery = REDELIVERY
    engine_redelivery: Redelivery = ENGINE_REDELIVERY
    protection: Protection = DOCUMENTED
