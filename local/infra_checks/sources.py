"""The files that are checked, as texts by their paths, and copies with one of them changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
_CHECKED = (
    "azure.yaml",
    ".funcignore",
    "local.settings.sample.json",
    "docs/deploy.md",
    "function_app.py",
    "infra/**/*",
    "shared/**/*.py",
)

MAIN = "infra/main.bicep"
PARAMETERS = "infra/main.bicepparam"
APP = "infra/modules/function-app.bicep"
SAMPLE = "local.settings.sample.json"
PAGE = "docs/deploy.md"


class Fault(NamedTuple):
    """What is wrong: in which file, with what."""

    file: str
    thing: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: {self.thing} {self.what}"


@dataclass(frozen=True, slots=True)
class Sources:
    """Texts by path, as from the repository's root."""

    texts: Mapping[str, str]

    def of(self, *endings: str) -> dict[str, str]:
        """Give the files below infra/ whose names end so."""
        return {
            path: text
            for path, text in self.texts.items()
            if path.startswith("infra/") and path.endswith(endings)
        }

    def replaced(self, path: str, old: str, new: str) -> Sources:
        """Give a copy in which a text of a file is another; raises ValueError without it."""
        if old not in self.texts[path]:
            raise ValueError(f"{path} has no {old!r}")
        return Sources({**self.texts, path: self.texts[path].replace(old, new, 1)})


def read_sources(root: Path = REPOSITORY) -> Sources:
    """Read the files of a repository."""
    found = {path for pattern in _CHECKED for path in root.glob(pattern) if path.is_file()}
    files = [path for path in sorted(found) if "__pycache__" not in path.parts]
    return Sources(
        {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in files}
    )
