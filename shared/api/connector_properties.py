"""The connector's properties: what a connection is made with, and how it looks."""

from typing import Any

from shared.api.connector import BRAND_COLOUR

Json = dict[str, Any]

_ABOUT_THE_KEY = (
    "A host key of the function app, made for this connector alone so that it can be taken away."
    " The key of a single function does not do."
)


def properties() -> Json:
    """Give the connector's properties: what a connection is made with, and its colour."""
    key = {
        "type": "securestring",
        "uiDefinition": {
            "displayName": "Host Key",
            "description": _ABOUT_THE_KEY,
            "tooltip": "A host key of the function app",
            "constraints": {"tabIndex": 2, "clearText": False, "required": "true"},
        },
    }
    return {
        "properties": {
            "connectionParameters": {"api_key": key},
            "iconBrandColor": BRAND_COLOUR,
            "capabilities": [],
            "policyTemplateInstances": [],
        }
    }
