"""The one catalogue of codes: whatever the app answers, notes on runs, or hears of Dataverse.

What is told about errors comes from here: advice, the statuses of HTTP, docs/errors.md, and after
which errors of a session a robot has done nothing.
"""

from shared.domain.codes.answers import ANSWERS
from shared.domain.codes.code import Code, Kind
from shared.domain.codes.engines import ENGINES
from shared.domain.codes.failures import FAILURES
from shared.domain.codes.faults import FAULTS
from shared.domain.codes.operators import OPERATORS
from shared.domain.codes.sessions import SESSIONS
from shared.domain.codes.waits import WAITS
from shared.domain.codes.web_api import WEB_API

__all__ = ["CATALOGUE", "Code", "Kind", "find"]

CATALOGUE = {
    code.name: code
    for code in (
        *ANSWERS,
        *OPERATORS,
        *ENGINES,
        *FAILURES,
        *WAITS,
        *FAULTS,
        *SESSIONS,
        *WEB_API,
    )
}


def find(name: str) -> Code | None:
    """Look a code up; Dataverse writes its hexadecimal ones in either case."""
    return CATALOGUE.get(name) or CATALOGUE.get(name.lower())
