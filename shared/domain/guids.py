"""GUIDs as Dataverse writes them: lower case, with hyphens."""

import re

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def read_guid(value: object) -> str | None:
    """Give a GUID in lower case; None for anything else."""
    if not isinstance(value, str) or not _GUID.fullmatch(value.lower()):
        return None
    return value.lower()
