r"""Start a run as an engine's webhook action does: its end is told by a POST, and printed.

BROKER_URL=https://<app>/api BROKER_KEY=<host key> \
    python wait_for_run.py invoice-4711 <desktop flow's id> dfb_FinanceRobots \
    '{"InvoiceNumber": "4711", "Amount": 119.50}'

The app sends to public https addresses alone, and to hosts that it is told to:
NOTIFY_PRIVATE_HOSTS=127.0.0.1 make up
"""

import http.server
import json
import os
import sys

import requests


class Engine(http.server.BaseHTTPRequestHandler):
    """Is told of the end, with the run and its outputs."""

    def do_POST(self) -> None:
        """Take what is told: any 2xx says so."""
        print(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(204)
        self.end_headers()


key, flow, connection, inputs = sys.argv[1:]
server = http.server.HTTPServer(("127.0.0.1", 0), Engine)
start = {"workflowId": flow, "connectionName": connection, "connectionType": 2}
start |= {"runMode": "unattended", "inputs": json.loads(inputs), "validateInputs": True}
start["notificationUrl"] = f"http://127.0.0.1:{server.server_port}/told"
headers = {"x-functions-key": os.environ["BROKER_KEY"], "Idempotency-Key": key}
answer = requests.post(
    f"{os.environ['BROKER_URL']}/waits", json=start, headers=headers, timeout=120
)
if answer.status_code != http.HTTPStatus.CREATED:
    sys.exit(answer.text)
server.handle_request()
requests.delete(answer.headers["Location"], timeout=60)  # as engines do, and without a key
