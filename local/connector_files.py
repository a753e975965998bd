"""`make connector`: writes the connector's two files, from the description of the API.

As committed they name no host. `make connector HOST=<name>` writes those for an app at that host,
to a folder of their own, from which they are imported (docs/connector.md).
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

from shared.api.connector_properties import properties
from shared.api.swagger import NO_HOST, definition

ROOT = Path(__file__).resolve().parents[1]
COMMITTED, FOR_A_HOST = ROOT / "connector", ROOT / ".local" / "connector"
DEFINITION, PROPERTIES = "apiDefinition.swagger.json", "apiProperties.json"

_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")


def render(host: str = NO_HOST) -> dict[str, str]:
    """Give the text of each file by its name."""
    return {DEFINITION: _text(definition(host)), PROPERTIES: _text(properties())}


def _text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def host_name(text: str) -> str:
    """Read the name of a host; raises ArgumentTypeError for anything more or less than that."""
    if not _HOST.fullmatch(text):
        message = (
            "must be a host's name, such as my-app-abc123.azurewebsites.net: no https, no path"
        )
        raise argparse.ArgumentTypeError(message)
    return text


def write(folder: Path, host: str = NO_HOST) -> None:
    """Write both files into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in render(host).items():
        (folder / name).write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(usage="make connector [HOST=<name>]", add_help=False)
    parser.add_argument("--host", type=host_name, dest="host", metavar="HOST")
    host = parser.parse_args(arguments).host
    if host is None:
        write(COMMITTED)
        print(f"{COMMITTED.name}/: for no host; import what HOST=<the app's host> writes")
        return
    write(FOR_A_HOST, host)
    folder = FOR_A_HOST.relative_to(ROOT)
    print(f"{folder}/: for {host}. Next, with Power Platform's CLI:")
    print(f"  pac connector create --api-definition-file {folder}/{DEFINITION} \\")
    print(f"    --api-properties-file {folder}/{PROPERTIES}")


if __name__ == "__main__":
    main()
