"""The processes of the local environment: Azurite, the Dataverse emulator, the function host.

And what stands between them: a proxy where a test wants the network to fail, and a relay that makes
Azurite as strict as Azure.

Each is a context manager that starts a process, waits until it serves, and stops it:

    with Azurite() as azurite, Emulator() as emulator:
        with FunctionHost(settings_for(azurite, emulator)) as host:
            ...  # host.url, host.function_key

None of them outlives the process that started it, even if that one is killed.
"""

from local.parts.azurite import Azurite
from local.parts.emulator import Emulator
from local.parts.fault_proxy import FaultProxy
from local.parts.function_host import FuncHost, FunctionHost, host_for
from local.parts.process import Part, PartFailedError
from local.parts.settings import settings_for
from local.parts.storage_relay import StorageRelay

__all__ = [
    "Azurite",
    "Emulator",
    "FaultProxy",
    "FuncHost",
    "FunctionHost",
    "Part",
    "PartFailedError",
    "StorageRelay",
    "host_for",
    "settings_for",
]
