"""The settings of service protection: what this environment lets the app's user do."""

from shared.domain.protection import DOCUMENTED, Protection
from shared.settings_reader import Reader


def protection(reader: Reader) -> Protection:
    """Read the limits, where an environment has others than are DOCUMENTED."""
    return Protection(
        at_once=reader.whole("USER_CALLS_AT_ONCE", DOCUMENTED.at_once, 1, 1_000),
        requests=reader.whole("USER_REQUESTS_PER_WINDOW", DOCUMENTED.requests, 10, 10_000_000),
        execution=float(
            reader.whole(
                "USER_EXECUTION_SECONDS_PER_WINDOW", int(DOCUMENTED.execution), 1, 1_000_000
            )
        ),
        window=float(reader.whole("USER_WINDOW_SECONDS", int(DOCUMENTED.window), 1, 3_600)),
    )
