"""The check of host.json: it is the one that was shipped, and no app setting goes over it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from shared.domain.finding import Finding, failed, ok, warning

HOST_JSON = "host.json"
OVERRIDES = "AzureFunctionsJobHost__"
"""App settings that begin so go over host.json, with `__` between the names of a value."""

_QUEUES, _LOGGING = "extensions.queues", "logging"
SHIPPED: Mapping[str, Any] = {
    "version": "2.0",
    "functionTimeout": "00:10:00",
    "extensionBundle.id": "Microsoft.Azure.Functions.ExtensionBundle",
    "extensionBundle.version": "[4.*, 5.0.0)",
    "extensions.http.routePrefix": "api",
    f"{_QUEUES}.maxPollingInterval": "00:00:01",
    f"{_QUEUES}.visibilityTimeout": "00:00:30",
    f"{_QUEUES}.batchSize": 8,
    f"{_QUEUES}.newBatchThreshold": 4,
    f"{_QUEUES}.maxDequeueCount": 1000,
    f"{_QUEUES}.messageEncoding": "none",
    f"{_LOGGING}.logLevel.Function": "Information",
    f"{_LOGGING}.logLevel.Host.Results": "Information",
    f"{_LOGGING}.logLevel.Host.Aggregator": "Information",
    f"{_LOGGING}.applicationInsights.samplingSettings.isEnabled": True,
    f"{_LOGGING}.applicationInsights.samplingSettings.excludedTypes": "Trace;Exception",
}
"""host.json, value by value; a test holds the two equal. docs/deploy.md says what each is for."""

_ADVICE = (
    "Deploy the host.json that belongs to this version, and remove app settings that begin with"
    f" {OVERRIDES}; docs/deploy.md, “host.json”, says what each value is for."
)
_MATTERS_LESS = (f"{_LOGGING}.", "telemetryMode", "$schema")
"""What changes only what is logged."""


def check_host_json(text: str | None, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Compare with what was shipped; `text`: the file's, None where there is none."""
    if text is None:
        yield failed(HOST_JSON, "It is not there.", _ADVICE)
        return
    try:
        there = flat(json.loads(text))
    except ValueError:
        yield failed(HOST_JSON, "It is not JSON.", _ADVICE)
        return
    changed = sorted(name for name in {*SHIPPED, *there} if SHIPPED.get(name) != there.get(name))
    over = sorted(name for name in environ if name.startswith(OVERRIDES))
    told = [_told(name, there) for name in changed]
    told += [f"the app setting {name} goes over it" for name in over]
    names = [*changed, *(_dotted(name) for name in over)]
    if not told:
        yield ok(HOST_JSON, "It is the one that was shipped.")
    elif all(name.startswith(_MATTERS_LESS) for name in names):
        yield warning(HOST_JSON, f"{'; '.join(told)}.", _ADVICE)
    else:
        yield failed(HOST_JSON, f"{'; '.join(told)}.", _ADVICE)


def flat(document: Any, before: str = "") -> dict[str, Any]:
    """List the values of a JSON document, each by the names on the way to it, with dots between."""
    if not isinstance(document, dict):
        return {before: document}
    found: dict[str, Any] = {}
    for name, value in document.items():
        found |= flat(value, f"{before}.{name}" if before else name)
    return found


def _told(name: str, there: Mapping[str, Any]) -> str:
    is_now = json.dumps(there[name]) if name in there else "not there"
    shipped = json.dumps(SHIPPED[name]) if name in SHIPPED else "not there"
    return f"{name} is {is_now}, and was shipped as {shipped}"


def _dotted(setting: str) -> str:
    return setting.removeprefix(OVERRIDES).replace("__", ".")
