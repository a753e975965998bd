"""Reading single settings, each within its bounds; what is wrong is collected, to be told at once.

A value is never told: it may be a secret.
"""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult

from shared.domain.addresses import has_public_name, is_loopback, parse_address
from shared.domain.destinations import read_hosts, read_secret
from shared.domain.run import Polling
from shared.domain.window import Pace
from shared.run_storage import DEVELOPMENT_STORAGE, RunStorage

SAMPLE_SIGNING_KEY = "replace-me-with-32-or-more-random-characters"
"""What local.settings.sample.json holds; whoever has read it could forge callbacks."""

_TABLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{2,62}")
_SCHEDULE_FIELD = re.compile(r"(\*|[0-9A-Za-z]+(-[0-9A-Za-z]+)?)(/\d+)?(,\S+)?")
_SCHEDULE_FIELDS = 6
_KEY_BYTES = 32
_KEY_VARIETY = 8
"""How many different characters a random key of that length has, hexadecimal or not, and more."""

_REFERENCES = ("@microsoft.keyvault(", "@microsoft.appconfiguration(")
"""How settings begin that Azure hands over as they stand where it cannot resolve them."""

_PLACEHOLDER = re.compile(r"<[^<>]*>|\{\{[^{}]*\}\}|\$\{[^{}]*\}|%[^%]+%")
_MANAGED_IDENTITY = "managedidentity"
_QUEUE_PREFIX = re.compile(r"(?=.{1,30}$)[a-z0-9](-?[a-z0-9])*-?", re.ASCII)
_CALLBACK_BASE_LIMIT = 1_800
_MARKER_HOST = "desktop-flow-broker.invalid"
_HOST = re.compile(
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE | re.ASCII
)
_MS = 1000


class Reader:
    """Reads settings and collects what is wrong; a value is never told, it may be a secret."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.faults: list[str] = []
        self.asked: set[str] = set()

    def text(self, name: str) -> str | None:
        """Give a setting without the spaces around it; an empty one is not set.

        One that only stands for a value that nobody has put there is a fault.
        """
        value = (self._given(name) or "").strip()
        if value.casefold().startswith(_REFERENCES):
            self._fault(
                name,
                "is a reference that was not resolved: let the app's identity read what it names,"
                " then look at its state among the app's settings in the portal",
            )
            return None
        if _PLACEHOLDER.fullmatch(value):
            self._fault(name, "holds a placeholder: replace it, with its brackets")
            return None
        return value or None

    def _given(self, name: str) -> str | None:
        """Give a setting as it stands, and note that it was asked for; None: it is not set."""
        self.asked.add(name)
        return self._environ.get(name)

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not least <= int(value) <= most:
            self._fault(name, f"must be a whole number from {least:,} to {most:,}")
            return default
        return int(value)

    def flag(self, name: str) -> bool:
        value = (self.text(name) or "false").lower()
        if value not in ("true", "false"):
            self._fault(name, "must be true or false")
        return value == "true"

    def dataverse_url(self) -> SplitResult | None:
        name = "DATAVERSE_URL"
        value = self.text(name)
        must_be = "must be https://<environment's host> and nothing more (http on loopback only)"
        url = parse_address(value)
        if value is None:
            self._fault(name, f"is required; it {must_be}")
        elif (
            url is None
            or url.path not in ("", "/")
            or not (url.scheme == "https" or is_loopback(url))
        ):
            self._fault(name, must_be)
        else:
            return url
        return None

    def callback_base(self, *, local: bool) -> str | None:
        """Give the app's public address without a slash at its end; None: polling only."""
        name = "CALLBACK_BASE_URL"
        if self._given(name) is None:
            return self._own_address()
        value = self.text(name)
        url = parse_address(value)
        if value is None:
            return None
        if url is None or len(value) > _CALLBACK_BASE_LIMIT:
            must = "must be the address of this app, as https://<DNS name>, or empty to poll only"
        elif url.path.rstrip("/").endswith("/api"):
            must = "must be the address of this app without /api"
        elif not local and (url.scheme != "https" or not has_public_name(url)):
            must = "must be HTTPS with a DNS name: Dataverse calls back to nothing else"
        else:
            return f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}"
        self._fault(name, must)
        return None

    def marker_base(self) -> str | None:
        """Give the address that callback URLs are below where nobody can call the app."""
        name = "CALLBACK_MARKER_HOST"
        given = self._given(name)
        host = _MARKER_HOST if given is None else given.strip()
        if host and not _HOST.fullmatch(host):
            self._fault(name, "must be a DNS name that resolves to nothing, or empty for none")
        return f"https://{host.lower()}" if host else None

    def _own_address(self) -> str | None:
        """Give the address Azure tells; a developer's machine has none that Dataverse reaches."""
        url = parse_address(f"https://{self.text('WEBSITE_HOSTNAME')}")
        return f"https://{url.netloc}" if url and has_public_name(url) else None

    def signing_keys(self, *, local: bool) -> tuple[bytes, ...]:
        name = "CALLBACK_SIGNING_KEY"
        names = (name, f"{name}_PREVIOUS")
        if self.text(name) is None:
            self._fault(name, f"is required: at least {_KEY_BYTES} random bytes")
        keys = {each: value for each in names if (value := self.text(each)) is not None}
        for each, value in keys.items():
            if len(value.encode()) < _KEY_BYTES:
                self._fault(each, f"must be at least {_KEY_BYTES} bytes")
            elif len(set(value)) < _KEY_VARIETY or _repeats(value):
                self._fault(each, "must be random: it repeats a few characters")
            elif value == SAMPLE_SIGNING_KEY and not local:
                self._fault(each, "must be a key of your own: the sample's is known to everybody")
        return tuple(value.encode() for value in keys.values())

    def notify_secrets(self) -> tuple[bytes, ...]:
        """Read the keys that notifications are signed with, in Standard Webhooks' own form."""
        names = ("NOTIFY_SIGNING_SECRET", "NOTIFY_SIGNING_SECRET_PREVIOUS")
        secrets = []
        for name in names:
            value = self.text(name)
            secret = None if value is None else read_secret(value)
            if value is not None and secret is None:
                self._fault(name, "must be whsec_ and 24 to 64 random bytes in base64")
            secrets += [secret] if secret is not None else []
        if self.text(names[1]) is not None and self.text(names[0]) is None:
            self._fault(names[0], f"is required with {names[1]}")
        return tuple(secrets)

    def private_hosts(self) -> frozenset[str]:
        name = "NOTIFY_PRIVATE_HOSTS"
        hosts = read_hosts(self.text(name) or "")
        if hosts is None:
            self._fault(name, "must be names of hosts, with or without :port, between commas")
        return hosts or frozenset()

    def storage(self) -> RunStorage:
        name = "RUN_STORAGE"
        text = self.text(name)
        tables, queues = f"{name}__tableServiceUri", f"{name}__queueServiceUri"
        if text is not None:
            parts = {part.partition("=")[0].strip().lower() for part in text.split(";")}
            if text.lower().rstrip(";") == "usedevelopmentstorage=true":
                return RunStorage(connection_string=DEVELOPMENT_STORAGE)
            if not ({"accountname", "sharedaccesssignature"} & parts):
                self._fault(name, "must be the connection string of a storage account")
            return RunStorage(connection_string=text)
        if self.text(tables) is None and self.text(queues) is None:
            self._fault(name, f"is required: a connection string, or {tables} and {queues}")
        else:
            for each in (tables, queues):
                url = parse_address(self.text(each))
                if url is None or not (url.scheme == "https" or is_loopback(url)):
                    self._fault(each, "must be the https address of the storage service")
        return RunStorage(
            table_url=self.text(tables),
            queue_url=self.text(queues),
            client_id=self._client_id(name),
        )

    def _client_id(self, name: str) -> str | None:
        """Give the identity for storage, which has to be the one that the host comes to.

        The host heeds `__clientId` only with `__credential=managedidentity`; without both it takes
        AZURE_CLIENT_ID, and with the credential alone the identity of the app itself.
        """
        credential, client_id = f"{name}__credential", f"{name}__clientId"
        given, own = self.text(credential), self.text(client_id)
        if given is not None and given.lower() != _MANAGED_IDENTITY:
            self._fault(credential, f"must be {_MANAGED_IDENTITY}, or not set")
        elif given is None and own is not None:
            must = f"must be {_MANAGED_IDENTITY} where {client_id} is set"
            self._fault(credential, f"{must}: the host would use another identity than the app")
        return own if given is not None else self.text("AZURE_CLIENT_ID")

    def queue_prefix(self) -> str:
        prefix = self.text("QUEUE_PREFIX") or ""
        if prefix and not _QUEUE_PREFIX.fullmatch(prefix):
            must = "must be lower-case letters, digits and single hyphens, 30 at most"
            self._fault("QUEUE_PREFIX", f"{must}, and begin with a letter or a digit")
        return prefix

    def table(self) -> str:
        name = self.text("RUN_TABLE") or "DesktopFlowRuns"
        if not _TABLE_NAME.fullmatch(name) or name.lower() == "tables":
            self._fault("RUN_TABLE", "must be 3 to 63 letters and digits, a letter first")
        return name

    def pace(self) -> Pace:
        return Pace(
            limit=self.whole("SUBMISSIONS_PER_WINDOW", 70, 1, 1_000),
            window=self.whole("SUBMISSION_WINDOW_SECONDS", 60, 1, 3_600) * _MS,
            deadline=self.whole("SUBMISSION_DEADLINE_SECONDS", 100, 5, 200) * _MS,
            margin=self.whole("CLOCK_SKEW_MARGIN_MS", 250, 0, 10_000),
        )

    def polling(self, *, called_back: bool) -> Polling:
        """Give the intervals; where nobody calls back, a look is all that tells of an end."""
        first = self.whole("FIRST_POLL_SECONDS", 120 if called_back else 30, 1, 86_400)
        last = self.whole("LAST_POLL_SECONDS", max(first, 600), 1, 86_400)
        if last < first:
            self._fault("LAST_POLL_SECONDS", "must be no less than FIRST_POLL_SECONDS")
        return Polling(first=first * _MS, last=last * _MS)

    def schedule(self, name: str, default: str) -> str:
        value = self.text(name) or default
        fields = value.split()
        if len(fields) != _SCHEDULE_FIELDS or not all(map(_SCHEDULE_FIELD.fullmatch, fields)):
            self._fault(name, "must be six NCRONTAB fields, seconds first, such as 0 * * * * *")
        return " ".join(fields)

    def _fault(self, name: str, must: str) -> None:
        self.faults.append(f"{name} {must}")


def _repeats(value: str) -> bool:
    """Say whether a text is one shorter text again and again."""
    lengths = range(1, len(value) // 2 + 1)
    return any(value == (value[:each] * len(value))[: len(value)] for each in lengths)
