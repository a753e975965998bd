"""The app's settings: those that its code asks for, infra/ gives, and the sample holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.infra_checks.bicep import Bicep, Node, literal, parse, properties, text_of, within
from local.infra_checks.known import HOST_SETTINGS, TOLD_BY_AZURE
from local.infra_checks.sources import APP, SAMPLE, Fault, Sources
from shared import settings
from shared.settings import InvalidSettingsError

Read = Callable[[Mapping[str, str]], Any]

CODE = "shared/settings.py"
INSTEAD = {
    "RUN_STORAGE": "RUN_STORAGE__tableServiceUri",
    "CALLBACK_BASE_URL": "WEBSITE_HOSTNAME",
}
"""Settings that infra/ leaves out although their samples are no defaults: others stand for them."""

VALUES = {
    "AZURE_CLIENT_ID": "0b9a5ab5-6ab8-4b5c-9f4d-9f3a36a8b0c1",
    "CALLBACK_SIGNING_KEY": "a key of thirty-two bytes, or so",
    "CALLBACK_SIGNING_KEY_PREVIOUS": "the key before it, of as many bytes",
    "DATAVERSE_URL": "https://org.crm4.dynamics.com",
    "IDENTITY_ENDPOINT": "http://127.0.0.1:42/msi/token",
    "NOTIFY_SIGNING_SECRET": "whsec_c2l4dGVlbiBhbmQgc2l4dGVlbiBieXRlcw==",
    "NOTIFY_SIGNING_SECRET_PREVIOUS": "whsec_dGhlIG9uZSBiZWZvcmUgaXQsIGFzIGxvbmc=",
    "QUEUE_PREFIX": "",
    "RUN_STORAGE__clientId": "0b9a5ab5-6ab8-4b5c-9f4d-9f3a36a8b0c1",
    "RUN_STORAGE__queueServiceUri": "https://runs.queue.core.windows.net",
    "RUN_STORAGE__tableServiceUri": "https://runs.table.core.windows.net",
    "RUN_TABLE": "DesktopFlowRuns",
    "WEBSITE_HOSTNAME": "broker.azurewebsites.net",
}
"""What stands for the values that only a deployment knows."""


class _Recording(Mapping[str, str]):
    """Settings that note what they are asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def asked(read: Read = settings.read) -> frozenset[str]:
    """Give every setting that the app reads: told by the code that reads them, without any set."""
    nothing = _Recording({})
    try:
        read(nothing)
    except InvalidSettingsError:
        return frozenset(nothing.asked)
    raise ValueError("the app needs no setting at all")


def given(sources: Sources) -> dict[str, Node]:
    """Give the settings that the template sets, those under a condition too, with their values."""
    file = parse(APP, sources.texts[APP])
    (setting,) = (
        each
        for each in file.resources
        if each.type == "Microsoft.Web/sites/config"
        and literal(properties(each.body).get("name")) == "appsettings"
    )
    found: dict[str, Node] = {}
    for body in _objects(file, properties(setting.body)["properties"]):
        found |= properties(body)
    return found


def check_template_settings(sources: Sources, read: Read = settings.read) -> list[Fault]:
    """Find settings that nobody reads, and those without which the app would not start."""
    set_here, known = given(sources), asked(read)
    faults = [
        Fault(APP, name, f"is set, and neither the app ({CODE}) nor the host reads it")
        for name in sorted(set(set_here) - known - HOST_SETTINGS)
    ]
    missing = sorted(set(set_here) & known - set(VALUES) - _literals(set_here))
    faults += [Fault(APP, name, "has no value to try it with (VALUES)") for name in missing]
    try:
        read(_values(set_here))
    except InvalidSettingsError as error:
        faults += [Fault(APP, *_told(each)) for each in str(error).split("; ")]
    return faults


def check_defaults(sources: Sources, read: Read = settings.read) -> list[Fault]:
    """Find settings that the template leaves out, and whose default is not the sample's value."""
    set_here, sample = given(sources), _sample(sources)
    values = _values(set_here)
    try:
        without = read(values)
    except InvalidSettingsError:
        return []  # check_template_settings tells it
    faults = []
    for name in sorted(asked(read) - set(set_here) - TOLD_BY_AZURE - set(INSTEAD)):
        if name not in sample:
            continue  # check_sample tells it
        try:
            same = read({**values, name: sample[name]}) == without
        except InvalidSettingsError:
            same = False
        if not same:
            what = f"is left to its default, which is not {sample[name]!r} of {SAMPLE}"
            faults.append(Fault(APP, name, what))
    for name, other in INSTEAD.items():
        if name not in set_here and other not in values:
            faults.append(Fault(APP, name, f"is left out, and {other} is not set either"))
    return faults


def check_sample(sources: Sources, read: Read = settings.read) -> list[Fault]:
    """Find what the sample lacks, what nobody reads, and what the template says otherwise."""
    set_here, sample, known = given(sources), _sample(sources), asked(read)
    one_of = {name for name in known if "__" in name}  # the sample has a connection string
    faults = [
        Fault(SAMPLE, name, f"is missing: the app reads it ({CODE})")
        for name in sorted(known - set(sample) - TOLD_BY_AZURE - one_of)
    ]
    faults += [
        Fault(SAMPLE, name, "is read by nobody")
        for name in sorted(set(sample) - known - HOST_SETTINGS)
    ]
    for name in sorted(set(sample) & set(set_here)):
        value = literal(set_here[name])
        if value is not None and value != sample[name]:
            faults.append(Fault(SAMPLE, name, f"is {sample[name]!r}, and {value!r} in {APP}"))
    return faults


def _values(set_here: Mapping[str, Node]) -> dict[str, str]:
    """Give an environment as the deployed app would see it."""
    told = {name: VALUES[name] for name in TOLD_BY_AZURE}
    values = {name: literal(node) or VALUES.get(name, "") for name, node in set_here.items()}
    return told | values


def _literals(set_here: Mapping[str, Node]) -> set[str]:
    return {name for name, node in set_here.items() if literal(node) is not None}


def _sample(sources: Sources) -> dict[str, str]:
    values: dict[str, str] = json.loads(sources.texts[SAMPLE])["Values"]
    return values


def _objects(file: Bicep, expression: Node) -> Iterator[Node]:
    """Find the objects that an expression puts together, and the variables in it."""
    if expression.type == "object":
        yield expression
        return
    for node in within(expression, "object"):
        yield node
    for node in within(expression, "identifier"):
        value = file.variables.get(text_of(node))
        if value is not None and value.type == "object":
            yield value


def _told(fault: str) -> tuple[str, str]:
    name, _, what = fault.partition(" ")
    return name, f"{what} ({CODE})"
