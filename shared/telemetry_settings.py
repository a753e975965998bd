"""The setting of where spans and metrics go; OpenTelemetry reads its others itself."""

from shared.domain.addresses import parse_address
from shared.settings_reader import Reader

_NAME = "OTEL_EXPORTER_OTLP_ENDPOINT"


def is_told(reader: Reader) -> bool:
    """Say whether spans and metrics are sent: to an address of a receiver of OTLP over HTTP."""
    value = reader.text(_NAME)
    if value is None:
        return False
    url = parse_address(value)
    if url is None or url.scheme not in ("http", "https"):
        reader.faults.append(f"{_NAME} must be http(s)://<host>, a receiver of OTLP over HTTP")
        return False
    return True
