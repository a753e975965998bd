"""A stand-in for `az`, for scripts that make secrets: a vault in a folder, and what was called.

It is a program: `python azure_cli.py keyvault secret show …`, with AZ_FOLDER as its world. A file
`forbidden` there holds how many calls are still refused, as while a role is not yet known.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path

FOLDER = "AZ_FOLDER"


def install(folder: Path) -> dict[str, str]:
    """Make a world, and give the environment in which `az` is this program."""
    commands = folder / "bin"
    commands.mkdir(parents=True)
    program = commands / "az"
    line = shlex.join([sys.executable, str(Path(__file__).resolve())])
    program.write_text(f'#!/bin/sh\nexec {line} "$@"\n')
    program.chmod(0o755)
    (folder / "vault").mkdir()
    return {"PATH": f"{commands}:{os.environ['PATH']}", FOLDER: str(folder)}


def main() -> None:
    folder = Path(os.environ[FOLDER])
    with (folder / "calls").open("a") as calls:
        calls.write(shlex.join(sys.argv[1:]) + "\n")
    if sys.argv[1:3] == ["keyvault", "secret"]:
        _secret(folder, sys.argv[3], _options(sys.argv[4:]))


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("vault-name", "name", "file"):
        parser.add_argument(f"--{name}")
    return parser.parse_known_args(arguments)[0]


def _secret(folder: Path, verb: str, options: argparse.Namespace) -> None:
    refused = folder / "forbidden"
    left = int(refused.read_text()) if refused.exists() else 0
    if left:
        refused.write_text(str(left - 1))
        raise SystemExit(
            "ERROR: (Forbidden) Caller is not authorized to perform action on resource."
        )
    secret = folder / "vault" / options.name
    if verb == "show":
        if not secret.exists():
            raise SystemExit(f"ERROR: (SecretNotFound) {options.name} was not found in this vault.")
        sys.stdout.write(secret.read_text() + "\n")
    elif verb == "set":
        secret.write_text(Path(options.file).read_text())


if __name__ == "__main__":
    main()
