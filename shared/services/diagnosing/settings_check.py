"""Checks of the settings: all are read and valid, and none is given under a name nobody reads."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from shared.domain.finding import Finding, failed, ok, warning
from shared.settings import Reading
from shared.settings_reader import SAMPLE_SIGNING_KEY

SETTINGS, SIGNING_KEY = "settings", "signing key"
KEY_NAME, CALLBACK_NAME = "CALLBACK_SIGNING_KEY", "CALLBACK_BASE_URL"
THREADS = "PYTHON_THREADPOOL_THREAD_COUNT"
THREADS_WANTED = 48
"""docs/deploy.md, "Settings", says why."""

_ALIKE = 0.9
_OF_THE_HOST = ("RUN_STORAGE__", "AzureWebJobs", "AzureFunctionsJobHost__")
_UNTIL_THEN = "until then the app serves nothing but `health` and `diagnostics`"


def check_settings(reading: Reading, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Tell what is wrong with settings other than those that have a check of their own."""
    others = (*reading.faults_of(KEY_NAME), *reading.faults_of(CALLBACK_NAME))
    faults = [each for each in reading.faults if each not in others]
    given = sum(1 for name in reading.names if environ.get(name, "").strip())
    if faults:
        told = "; ".join(faults)
        advice = f"Correct them (docs/deploy.md, “Settings”); {_UNTIL_THEN}."
        yield failed(SETTINGS, f"{told}.", advice)
    elif unread := _unread(reading.names, environ):
        told = "; ".join(f"{name} is read by nobody: {meant} is" for name, meant in unread)
        yield warning(SETTINGS, f"{told}.", "Correct the name, or remove the setting.")
    elif not _enough_threads(environ):
        told = f"{THREADS} is not set to {THREADS_WANTED} or more."
        advice = (
            f"Set it to {THREADS_WANTED}: with few threads HTTP requests wait for queue messages."
        )
        yield warning(SETTINGS, told, advice)
    else:
        yield ok(SETTINGS, f"All are valid; {given} are given, the others have their defaults.")


def check_signing_key(reading: Reading, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Tell whether there is a key to sign callback addresses with, and whether it is a good one."""
    faults = reading.faults_of(KEY_NAME)
    if faults:
        new = f"Make one with `openssl rand -base64 48` and set it as {KEY_NAME}"
        yield failed(SIGNING_KEY, f"{'; '.join(faults)}.", f"{new}; {_UNTIL_THEN}.")
    elif environ.get(KEY_NAME, "").strip() == SAMPLE_SIGNING_KEY:
        told = "It is the sample's, which everybody knows; it is let pass beside a local Dataverse."
        yield warning(SIGNING_KEY, told, "Make one of your own before anything is deployed.")
    else:
        previous = (
            " The one before it is accepted too." if len(reading.settings.signing_keys) > 1 else ""
        )
        yield ok(SIGNING_KEY, f"There is one, and it is long and varied enough.{previous}")


def _unread(names: frozenset[str], environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Find what is set under a name that is almost a setting's, each with what was meant."""
    found = []
    for name in sorted(set(environ) - names):
        if name.startswith(_OF_THE_HOST):
            continue
        meant = get_close_matches(name.upper(), sorted(names), 1, _ALIKE)
        found += [(name, meant[0])] if meant else []
    return found


def _enough_threads(environ: Mapping[str, str]) -> bool:
    count = environ.get(THREADS, "").strip()
    return count.isdecimal() and int(count) >= THREADS_WANTED
