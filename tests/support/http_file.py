"""Requests of a file as editors send them: variables, `###` between requests, headers, a body."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_VARIABLE = re.compile(r"^@(\w+)\s*=\s*(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class FileRequest:
    """One request, with its variables put in."""

    title: str
    method: str
    url: str
    headers: dict[str, str]
    body: Any

    @property
    def path(self) -> str:
        """The path below `/api`."""
        return urlsplit(self.url).path.removeprefix("/api")

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))


def requests_in(text: str) -> list[FileRequest]:
    variables = dict(_VARIABLE.findall(text))
    head, *parts = re.split(r"^###", text, flags=re.MULTILINE)
    del head
    return [_request(_filled(part, variables)) for part in parts]


def _filled(text: str, variables: dict[str, str]) -> str:
    return re.sub(r"\{\{(\w+)\}\}", lambda found: variables[found[1]].strip(), text)


def _request(text: str) -> FileRequest:
    title, _, rest = text.partition("\n")
    head, _, body = rest.strip().partition("\n\n")
    first, *lines = head.splitlines()
    method, url = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    return FileRequest(title.strip(), method, url, headers, json.loads(body) if body else None)
