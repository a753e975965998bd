"""`python -m benchmarks.forging <blocks>`: call the callback's function with forged signatures.

Prints two lists of seconds: of one HMAC, and of one forged callback, each the mean of a block.
"""

from __future__ import annotations

import hmac
import json
import sys
import time
from collections.abc import Callable

import azure.functions as func

import function_app
from local.host.functions import HttpFunction, read_functions
from local.host.invocation import InvocationContext

BLOCK = 250
NAME = "callback"
RUN_ID = f"{'a' * 16}-{'0' * 26}"
SIGNATURE = "0" * 32
BODY = json.dumps({"flowsessionid": "d9687093-d0c0-ec11-983e-000000000001"}).encode()
KEY, MESSAGE = b"k" * 32, b"callback\norg.crm4.dynamics.com\n" + RUN_ID.encode()


def forged_callback() -> Callable[[], object]:
    """Give what calls the app's function as the host does, once it has read the request."""
    found = read_functions(function_app.app)
    (callback,) = (each for each in found if isinstance(each, HttpFunction) and each.name == NAME)
    context = InvocationContext("an id", NAME, "")
    address = f"https://broker.example.org/api/callbacks/{RUN_ID}/{SIGNATURE}"
    parameters = {"runId": RUN_ID, "signature": SIGNATURE}

    def call() -> object:
        request = func.HttpRequest(
            "POST", address, headers={}, params={}, route_params=parameters, body=BODY
        )
        return callback.call(request, context)

    answer = call()
    if not isinstance(answer, func.HttpResponse) or answer.status_code != 404:
        raise SystemExit("a forged callback was not refused")
    return call


def each(work: Callable[[], object]) -> float:
    """Give how long one of a block takes, in seconds."""
    began = time.perf_counter()
    for _ in range(BLOCK):
        work()
    return (time.perf_counter() - began) / BLOCK


def main() -> None:
    call = forged_callback()
    blocks = int(sys.argv[1])
    samples = [
        (each(lambda: hmac.digest(KEY, MESSAGE, "sha256")), each(call)) for _ in range(blocks + 2)
    ][2:]
    print(json.dumps([[floor for floor, _ in samples], [subject for _, subject in samples]]))


if __name__ == "__main__":
    main()
