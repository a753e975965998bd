"""The storage account of every storage emulator, with the key that Microsoft published for it."""

ACCOUNT_NAME = "devstoreaccount1"
ACCOUNT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


def connection_string(*, blob: str, queue: str, table: str) -> str:
    """Return the connection string for services at these addresses (`http://host:port`)."""
    return (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT_NAME};AccountKey={ACCOUNT_KEY};"
        f"BlobEndpoint={blob}/{ACCOUNT_NAME};QueueEndpoint={queue}/{ACCOUNT_NAME};"
        f"TableEndpoint={table}/{ACCOUNT_NAME};"
    )
