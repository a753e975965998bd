"""Where runs are kept: what the settings say of the storage account."""

from dataclasses import dataclass

DEVELOPMENT_STORAGE = (
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey="
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;"
    "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1;"
)
"""What `UseDevelopmentStorage=true` stands for: Azurite's published account on its usual ports."""


@dataclass(frozen=True, slots=True, repr=False)
class RunStorage:
    """Where runs are kept: a connection string, or the two addresses and the app's identity."""

    connection_string: str | None = None
    table_url: str | None = None
    queue_url: str | None = None
    client_id: str | None = None
