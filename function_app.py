"""The app: registers the blueprints, nothing else."""

import os
import sys
from collections.abc import Iterator

import azure.functions as func

from shared import tracing
from shared.first_use import AtFirstUse, Doctor
from shared.settings import attempt
from shared.triggers import (
    access,
    attention,
    callback,
    catalog,
    console,
    description,
    health,
    lanes,
    operations,
    queues,
    runs,
    shelves,
    subscriptions,
    timers,
    waits,
)
from shared.triggers.addresses import Addresses

_reading = attempt(os.environ)
_settings = _reading.settings
_services = AtFirstUse(_settings)
access.let_only_read(_settings.read_only_keys)
tracing.switch(on=_settings.telemetry)
_addresses = Addresses(_settings.public_base, _settings.trust_forwarded_host)


def _broker() -> Iterator[func.Blueprint]:
    yield runs.blueprint(_services, _addresses)
    yield operations.blueprint(_services, _addresses)
    yield waits.blueprint(_services, _addresses, _settings.location_signer)
    yield subscriptions.blueprint(_services, _addresses, _settings.location_signer)
    yield catalog.blueprint(_services, _addresses)
    yield lanes.blueprint(_services)
    yield shelves.blueprint(_services)
    yield attention.blueprint(_services)
    yield callback.blueprint(_services, _settings.policy.signer)
    yield description.blueprint(_addresses)
    yield console.blueprint()
    yield queues.blueprint(_services, _settings.queues)
    yield timers.blueprint(
        _services,
        sweep_schedule=_settings.sweep_schedule,
        retention_schedule=_settings.retention_schedule,
    )


app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
app.register_functions(health.blueprint(_reading, Doctor(_reading)))
if _reading.faults:
    # Nothing else is served: no run may be started or paced by settings that are wrong.
    sys.stderr.write(f"Settings are wrong: {'; '.join(_reading.faults)}\n")
else:
    for _blueprint in _broker():
        app.register_functions(_blueprint)
