"""The app: registers the blueprints, nothing else."""

import os

import azure.functions as func

from shared import tracing
from shared.first_use import AtFirstUse
from shared.settings import read
from shared.triggers import (
    access,
    attention,
    callback,
    catalog,
    console,
    description,
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

_settings = read(os.environ)
_services = AtFirstUse(_settings)
access.let_only_read(_settings.read_only_keys)
tracing.switch(on=_settings.telemetry)
_addresses = Addresses(_settings.public_base, _settings.trust_forwarded_host)

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)
app.register_functions(runs.blueprint(_services, _addresses))
app.register_functions(operations.blueprint(_services, _addresses))
app.register_functions(waits.blueprint(_services, _addresses, _settings.location_signer))
app.register_functions(subscriptions.blueprint(_services, _addresses, _settings.location_signer))
app.register_functions(catalog.blueprint(_services, _addresses))
app.register_functions(lanes.blueprint(_services))
app.register_functions(shelves.blueprint(_services))
app.register_functions(attention.blueprint(_services))
app.register_functions(callback.blueprint(_services, _settings.policy.signer))
app.register_functions(description.blueprint(_addresses))
app.register_functions(console.blueprint())
app.register_functions(queues.blueprint(_services, _settings.queues))
app.register_functions(
    timers.blueprint(
        _services,
        sweep_schedule=_settings.sweep_schedule,
        retention_schedule=_settings.retention_schedule,
    )
)
