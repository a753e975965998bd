"""Rules of Microsoft's validator of connectors, by its names for them, in our own words.

The validator is a service that needs a login; nobody has a copy of it. Its rules are listed in the
documentation of custom connectors (certification-swagger-validator-rules); where the list does not
say what one looks at, certified connectors show what passes. Bounds that are not documented are
marked so. A rule is a function of a document that lists its faults.
"""

from tests.support.connector_rules import (
    documents,
    dynamics,
    operations,
    parameters,
    references,
    schemas,
    texts,
    values,
    webhooks,
)
from tests.support.connector_rules.rule import RULES

__all__ = ["RULES", "faults"]

THEMES = (
    documents,
    texts,
    operations,
    parameters,
    schemas,
    values,
    references,
    dynamics,
    webhooks,
)


def faults(document: dict[str, object]) -> dict[str, list[str]]:
    """List the faults of a document by the rules that it breaks."""
    found = {name: rule(document) for name, rule in RULES.items()}
    return {name: told for name, told in found.items() if told}
