"""App settings as the host reads them: local.settings.json, %NAME% and storage connections."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from azure.identity import DefaultAzureCredential
from azure.storage.queue import ExponentialRetry, QueueServiceClient

from local.host.development_storage import connection_string
from local.host.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping
    from pathlib import Path

REFERENCE = re.compile(r"%([^%]+)%")
# What Azure's tools mean by UseDevelopmentStorage=true, which the queue SDK does not know.
DEVELOPMENT_STORAGE = connection_string(
    blob="http://127.0.0.1:10000", queue="http://127.0.0.1:10001", table="http://127.0.0.1:10002"
)


def apply_local_settings(path: Path, environment: MutableMapping[str, str]) -> None:
    """Put the `Values` of a local.settings.json into `environment`, where what is set stays."""
    try:
        values = json.loads(path.read_text(encoding="utf-8")).get("Values", {})
    except FileNotFoundError:
        raise HostError(f"{path} does not exist") from None
    except (ValueError, AttributeError):
        raise HostError(f"{path} is not a JSON object") from None
    for name, value in values.items():
        if not isinstance(value, str):
            raise HostError(f"{path}: {name} must be a string, as every app setting is")
        environment.setdefault(name, value)


def resolve(text: str, settings: Mapping[str, str], *, where: str) -> str:
    """Replace each %NAME% in `text` by that app setting; `where` names the binding in the error."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in settings:
            raise HostError(f"{where}: app setting {name} is missing (needed for {text!r})")
        return settings[name]

    return REFERENCE.sub(value, text)


def queue_service(
    connection: str, settings: Mapping[str, str], *, where: str
) -> QueueServiceClient:
    """Open the queue service that a binding's `connection` names.

    The setting `AzureWebJobs<connection>` or `<connection>` holds a connection string; or
    `<connection>__queueServiceUri` or `__accountName` says where, and an identity opens it.
    Errors of the service are tried again twice within a few seconds, then the listener waits.
    """
    connection = connection or "Storage"
    retry = ExponentialRetry(
        initial_backoff=1, increment_base=1, retry_total=2, random_jitter_range=1
    )
    for name in (f"AzureWebJobs{connection}", connection):
        if text := settings.get(name):
            if text.lower().rstrip(";") == "usedevelopmentstorage=true":
                text = DEVELOPMENT_STORAGE
            try:
                return QueueServiceClient.from_connection_string(text, retry_policy=retry)
            except ValueError as error:
                raise HostError(f"{where}: app setting {name}: {error}") from None
        account = settings.get(f"{name}__accountName")
        default = f"https://{account}.queue.core.windows.net" if account else None
        if uri := settings.get(f"{name}__queueServiceUri", default):
            credential = DefaultAzureCredential(
                managed_identity_client_id=settings.get(f"{name}__clientId")
            )
            return QueueServiceClient(uri, credential=credential, retry_policy=retry)
    raise HostError(
        f"{where}: storage connection {connection!r} is not set; give the app setting "
        f"{connection} a connection string, or set {connection}__queueServiceUri"
    )
