"""Checks of what the app runs on: the Python, and the packages as requirements.txt pins them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shared.domain.finding import Finding, failed, not_checked, ok, warning

PYTHON, PACKAGES = "Python", "packages"
OLDEST, NEWEST = (3, 11), (3, 14)
"""The Pythons that the app is tried with, or resolved for (docs/deploy.md)."""

OF_THE_WORKER = "azure-functions"
"""The worker brings one of its own, which may be what is imported: it may differ."""

_PIN = re.compile(
    r"(?P<name>[\w.-]+)==(?P<version>[\w.!+-]+)"
    r"(\s*;\s*python_version\s*(?P<than><|>=)\s*\"(?P<bound>\d+\.\d+)\")?"
)
_ADVICE = "Deploy again with requirements.txt as it is, and let the packages be built anew."

Installed = Callable[[str], str | None]
"""Gives the version of a package that is installed, or None."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A line of requirements.txt that counts for the Python that runs."""

    name: str
    version: str


def check_python(version: tuple[int, int, int]) -> Iterator[Finding]:
    """Tell whether the app is meant for this Python."""
    told = f"It is {'.'.join(map(str, version))}; the app is meant for 3.11 to 3.14."
    if version[:2] < OLDEST:
        yield failed(PYTHON, told, "Choose a later Python for the function app.")
    elif version[:2] > NEWEST:
        advice = "Choose one of those, or try this one beforehand: nobody has."
        yield warning(PYTHON, told, advice)
    else:
        yield ok(PYTHON, told)


def check_packages(
    requirements: str | None, python: tuple[int, int], installed: Installed
) -> Iterator[Finding]:
    """Compare what is installed with what is pinned; `requirements`: the file's text, or None."""
    if requirements is None:
        told = "requirements.txt is not there, so nothing can be compared."
        yield not_checked(PACKAGES, told, "Deploy it with the app: what is built is built from it.")
        return
    pins = pins_for(requirements, python)
    others = [(pin, there) for pin in pins if (there := installed(pin.name)) != pin.version]
    told = "; ".join(
        f"{pin.name} is {there or 'missing'}, not {pin.version}" for pin, there in others
    )
    if not others:
        yield ok(PACKAGES, f"All {len(pins)} are as requirements.txt pins them.")
    elif all(there and pin.name == OF_THE_WORKER for pin, there in others):
        advice = (
            "It may be the one that Azure's Python worker brings; look at the log if calls fail."
        )
        yield warning(PACKAGES, f"{told}.", advice)
    else:
        yield failed(PACKAGES, f"{told}.", _ADVICE)


def pins_for(requirements: str, python: tuple[int, int]) -> tuple[Pin, ...]:
    """Read the pins that count for a Python; lines that pin nothing are passed over."""
    found = [_PIN.fullmatch(line.strip()) for line in requirements.splitlines()]
    return tuple(
        Pin(pin["name"], pin["version"])
        for pin in found
        if pin is not None and _counts(pin, python)
    )


def _counts(pin: re.Match[str], python: tuple[int, int]) -> bool:
    if pin["bound"] is None:
        return True
    major, _, minor = pin["bound"].partition(".")
    before = python < (int(major), int(minor))
    return before if pin["than"] == "<" else not before
