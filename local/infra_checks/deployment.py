"""What the parts of a deployment say of each other: outputs, environment, services, files."""

from __future__ import annotations

import re

import yaml

from local.infra_checks.bicep import literal, parse, text_of, within
from local.infra_checks.sources import APP, MAIN, PAGE, PARAMETERS, Fault, Sources

AZD = "azure.yaml"
IGNORED = ".funcignore"
SECRETS = "infra/scripts/secrets.sh"
_OUTPUT = re.compile(r"\b(BROKER_[A-Z_]+|AZURE_RESOURCE_GROUP)\b")
_SCRIPT = re.compile(r"\.?/?(infra/[\w./-]+\.(?:sh|py))")
_MADE = re.compile(r"^(?:KEY|SECRET)=([a-z-]+)$", re.MULTILINE)
_READ = re.compile(r"readEnvironmentVariable\('([A-Z_]+)'")


def check_outputs(sources: Sources) -> list[Fault]:
    """Find names of outputs, in the page, the scripts and azure.yaml, that are none."""
    outputs = parse(MAIN, sources.texts[MAIN]).outputs
    inputs = set(_READ.findall(sources.texts[PARAMETERS]))
    faults = []
    for path in (AZD, PAGE, *sources.of(".sh", ".py")):
        named = set(_OUTPUT.findall(sources.texts[path])) - outputs - inputs
        what = f"is no output of {MAIN}, and not read by {PARAMETERS}"
        faults += [Fault(path, name, what) for name in sorted(named)]
    untold = outputs - set(re.findall(r"\w+", sources.texts[PAGE]))
    what = f"is an output that {PAGE} does not name"
    return faults + [Fault(MAIN, name, what) for name in sorted(untold)]


def check_inputs(sources: Sources) -> list[Fault]:
    """Find what the deployment reads from its environment, and the page does not tell."""
    page = sources.texts[PAGE]
    return [
        Fault(PARAMETERS, name, f"is read from the environment, and {PAGE} does not tell it")
        for name in sorted(set(_READ.findall(sources.texts[PARAMETERS])))
        if f"`{name}`" not in page
    ]


def check_services(sources: Sources) -> list[Fault]:
    """Find services of azure.yaml that no resource is tagged for, and the other way round."""
    services = set(yaml.safe_load(sources.texts[AZD])["services"])
    tagged = set()
    for pair in within(parse(MAIN, sources.texts[MAIN]).root, "object_property"):
        key, *value = pair.named_children
        if literal(key) == "azd-service-name" and value:
            tagged.add(literal(value[-1]) or "")
    return [
        *(
            Fault(AZD, name, f"is a service that {MAIN} tags nothing for")
            for name in services - tagged
        ),
        *(Fault(MAIN, name, f"is tagged, and no service of {AZD}") for name in tagged - services),
    ]


def check_secrets(sources: Sources) -> list[Fault]:
    """Find references to secrets that the script does not make, and secrets that none refers to."""
    file = parse(APP, sources.texts[APP])
    referred = set()
    for node in within(file.root, "string"):
        if "@Microsoft.KeyVault(" in text_of(node):
            names = [text_of(each) for each in within(node, "identifier")]
            values = [literal(file.variables.get(name)) for name in names]
            referred |= {value for value in values if value}
    made = set(_MADE.findall(sources.texts[SECRETS]))
    return [
        *(Fault(APP, name, f"is no secret that {SECRETS} makes") for name in referred - made),
        *(
            Fault(SECRETS, name, f"is made, and {APP} refers to it nowhere")
            for name in made - referred
        ),
    ]


def check_files(sources: Sources) -> list[Fault]:
    """Find scripts that are named and not there, and what would be deployed with the app."""
    faults = []
    for path in (AZD, PAGE, *sources.of(".sh", ".py")):
        missing = set(_SCRIPT.findall(sources.texts[path])) - set(sources.texts)
        faults += [Fault(path, name, "is named, and not there") for name in sorted(missing)]
    lines = sources.texts[IGNORED].splitlines()
    left = [name for name in ("infra/", AZD) if name not in lines]
    return faults + [Fault(IGNORED, name, "would be deployed with the app") for name in left]
