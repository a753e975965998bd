"""Every setting of the app, read and checked once; with a wrong one nothing is run by it."""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.access_settings import read_only_keys
from shared.domain.addresses import is_loopback
from shared.domain.callback_url import CallbackSigner
from shared.domain.destinations import Destinations
from shared.domain.errors import BrokerError
from shared.domain.instants import DAY_MS
from shared.domain.locations import LocationSigner
from shared.domain.protection import Protection
from shared.domain.run import Polling
from shared.domain.window import Pace
from shared.link_settings import public_base, trust_forwarded_host
from shared.policy import Policy
from shared.queues import QueueNames
from shared.run_storage import RunStorage
from shared.settings_reader import Reader
from shared.telemetry_settings import is_told
from shared.user_settings import protection

_MS = 1000


class InvalidSettingsError(BrokerError):
    """Some settings are wrong; the message names each, and what it must be."""


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """The settings, checked. `environment` is Dataverse's host, which lanes are named after."""

    dataverse_url: str
    environment: str
    callback_base: str | None
    marker_base: str | None
    signing_keys: tuple[bytes, ...]
    storage: RunStorage
    table: str
    queues: QueueNames
    pace: Pace
    polling: Polling
    concurrency: int
    protection: Protection
    confirm_absent_ms: int
    sweep_schedule: str
    retention_schedule: str
    retention_ms: int
    keep_inputs: bool
    notify_secrets: tuple[bytes, ...]
    private_hosts: frozenset[str]
    client_id: str | None
    managed_identity: bool
    public_base: str | None
    trust_forwarded_host: bool
    read_only_keys: frozenset[str]
    telemetry: bool = False

    @property
    def policy(self) -> Policy:
        """What the services are told."""
        return Policy(
            environment=self.environment,
            signer=CallbackSigner(self.environment, self.signing_keys),
            callback_base=self.callback_base,
            marker_base=self.marker_base,
            pace=self.pace,
            polling=self.polling,
            concurrency=self.concurrency,
            protection=self.protection,
            confirm_absent=self.confirm_absent_ms,
            retention=self.retention_ms,
            keep_inputs=self.keep_inputs,
            destinations=self.destinations,
        )

    @property
    def location_signer(self) -> LocationSigner:
        """Who signs the addresses that engines come to without a key."""
        return LocationSigner(self.environment, self.signing_keys)

    @property
    def destinations(self) -> Destinations:
        """What may be notified."""
        return Destinations(bool(self.notify_secrets), self.private_hosts)


@dataclass(frozen=True, slots=True, repr=False)
class Reading:
    """The settings as far as they could be read, and what is wrong with the others.

    `faults`: each begins with the name of its setting, for which the default stands, or nothing.
    `names`: all settings that were looked for.
    """

    settings: Settings
    faults: tuple[str, ...]
    names: frozenset[str]

    def faults_of(self, *prefixes: str) -> tuple[str, ...]:
        """Give the faults of the settings whose names begin so."""
        return tuple(each for each in self.faults if each.startswith(prefixes))


def read(environ: Mapping[str, str]) -> Settings:
    """Read all settings from the app's environment; raises InvalidSettingsError."""
    reading = attempt(environ)
    if reading.faults:
        raise InvalidSettingsError("; ".join(reading.faults))
    return reading.settings


def attempt(environ: Mapping[str, str]) -> Reading:
    """Read what can be read, and collect what is wrong: the doctor tells of it."""
    reader = Reader(environ)
    dataverse = reader.dataverse_url()
    local = dataverse is not None and is_loopback(dataverse)
    callback_base = reader.callback_base(local=local)
    settings = Settings(
        dataverse_url=f"{dataverse.scheme}://{dataverse.netloc}" if dataverse else "",
        environment=dataverse.netloc if dataverse else "",
        callback_base=callback_base,
        marker_base=reader.marker_base(),
        signing_keys=reader.signing_keys(local=local),
        storage=reader.storage(),
        table=reader.table(),
        queues=QueueNames(reader.queue_prefix()),
        pace=reader.pace(),
        polling=reader.polling(called_back=callback_base is not None),
        concurrency=reader.whole("SUBMISSION_CONCURRENCY", 48, 1, 64),
        protection=protection(reader),
        confirm_absent_ms=reader.whole("CONFIRM_ABSENT_SECONDS", 150, 1, 86_400) * _MS,
        sweep_schedule=reader.schedule("SWEEP_SCHEDULE", "0 * * * * *"),
        retention_schedule=reader.schedule("RETENTION_SCHEDULE", "0 0 3 * * *"),
        retention_ms=reader.whole("RETENTION_DAYS", 30, 1, 3650) * DAY_MS,
        keep_inputs=reader.flag("KEEP_INPUTS"),
        notify_secrets=reader.notify_secrets(),
        private_hosts=reader.private_hosts(),
        client_id=reader.text("DATAVERSE_CLIENT_ID") or reader.text("AZURE_CLIENT_ID"),
        managed_identity=reader.text("IDENTITY_ENDPOINT") is not None,
        public_base=public_base(reader),
        trust_forwarded_host=trust_forwarded_host(reader),
        read_only_keys=read_only_keys(reader),
        telemetry=is_told(reader),
    )
    return Reading(settings, tuple(reader.faults), frozenset(reader.asked))
