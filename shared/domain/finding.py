"""Findings: what a check of the deployed app has come to, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What a check has come to; `NOT_CHECKED`: what it needs was not there."""

    OK = "Ok"
    WARNING = "Warning"
    FAILED = "Failed"
    NOT_CHECKED = "NotChecked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's: what was seen, and what to do about it (None where there is nothing to do)."""

    check: str
    outcome: Outcome
    detail: str
    advice: str | None = None


def ok(check: str, detail: str) -> Finding:
    return Finding(check, Outcome.OK, detail)


def warning(check: str, detail: str, advice: str) -> Finding:
    return Finding(check, Outcome.WARNING, detail, advice)


def failed(check: str, detail: str, advice: str) -> Finding:
    return Finding(check, Outcome.FAILED, detail, advice)


def not_checked(check: str, detail: str, advice: str | None = None) -> Finding:
    return Finding(check, Outcome.NOT_CHECKED, detail, advice)


def worst(findings: Iterable[Finding]) -> Outcome:
    """Say how bad the worst is; what could not be checked is no better than a warning."""
    outcomes = {each.outcome for each in findings}
    if Outcome.FAILED in outcomes:
        return Outcome.FAILED
    return Outcome.WARNING if outcomes - {Outcome.OK} else Outcome.OK
