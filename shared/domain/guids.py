"""GUIDs as Dataverse writes them: lower case, with hyphens."""

import re

NOTHING = "00000000-0000-0000-0000-000000000000"
"""What .NET writes where there is no id."""

GUID_PATTERN = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"

_GUID = re.compile(GUID_PATTERN)


def read_guid(value: object) -> str | None:
    """Give a GUID in lower case, which may have come in braces; None for anything else."""
    if not isinstance(value, str):
        return None
    text = value.lower()
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    return text if _GUID.fullmatch(text) else None


def read_id(value: object) -> str | None:
    """Give the id of a row; None where it is unreadable, or all zeros, which is no row's."""
    guid = read_guid(value)
    return None if guid == NOTHING else guid
