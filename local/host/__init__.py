"""A stand-in for the Azure Functions host, for machines without Core Tools; never deployed.

It serves the functions of `function_app.app` as the real host would: everything it knows comes
from the app object, host.json and the app settings. `python -m local.host --help` says how.

Where it differs from the real host, on purpose:

- Errors of the host itself (401, 404, 413, 500) carry a JSON body; the real host answers with an
  empty one.
- The real host runs a timer on one instance at a time, by a lease on a blob. This one holds no
  lease, so of several processes each ticks; and it keeps no schedule status, so a tick that was
  missed while no host ran is not made up for.
- A function that runs longer than `functionTimeout` is logged; the real host kills its worker.
- Functions run in the host's own process, not in a worker behind gRPC.
- Of the bindings there are the triggers for HTTP, storage queues and timers, and the HTTP
  response. Everything else is refused at start.
"""
