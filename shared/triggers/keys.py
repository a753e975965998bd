"""The header that names a start: its repeat is the same run."""

from shared.domain.faults import Fault
from shared.domain.idempotency import MUST_BE, is_key

KEY_HEADER = "Idempotency-Key"


def key_faults(key: str | None, *, needed: str | None = None) -> list[Fault]:
    """Tell what is wrong with a key; `needed`: what is said where there is none, if one must be."""
    if key is None:
        return [] if needed is None else [Fault(KEY_HEADER, "MissingField", needed)]
    return [] if is_key(key) else [Fault(KEY_HEADER, "InvalidValue", MUST_BE)]
