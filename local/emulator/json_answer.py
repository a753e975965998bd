"""JSON as Dataverse sends it: any text, and where a test says so, any value to the letter."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response


@dataclass(frozen=True)
class Literally:
    """A value that stands in an answer as this text, be it JSON or not."""

    text: str


class JsonAnswer(Response):
    """Starlette's JSONResponse refuses half a surrogate and NaN; Dataverse's rows may hold them."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return encoded(written(content))


def written(value: Any) -> str:
    """Write a value as JSON; what stands for itself is put in unchanged."""
    literals: list[Literally] = []
    mark = secrets.token_hex(16)

    def place(literal: Any) -> str:
        literals.append(literal)
        return f"{mark}{len(literals)}."

    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=place)
    for number, literal in enumerate(literals, 1):
        text = text.replace(f'"{mark}{number}."', literal.text)
    return text


def encoded(text: str) -> bytes:
    """Return UTF-8, in which half a surrogate is written as its escape in JSON."""
    return text.encode("utf-8", "backslashreplace")
