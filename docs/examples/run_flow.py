r"""Pick a desktop flow by its name, fill its inputs, start it, wait, and print what it gave back.

BROKER_URL=https://<app>/api BROKER_KEY=<host key> \
    python run_flow.py invoice-4711 "Post invoice" dfb_FinanceRobots \
    InvoiceNumber=4711 Amount=119.50

The first argument is the idempotency key, the third a connection reference (GET connections).
"""

import os
import sys

import requests

key, name, connection, *given = sys.argv[1:]
broker, url = requests.Session(), os.environ["BROKER_URL"]
broker.headers["x-functions-key"] = os.environ["BROKER_KEY"]

found = broker.get(f"{url}/flows", params={"search": name}).json()["value"]
(flow,) = (each["workflowId"] for each in found if each["name"] == name)
schema = broker.get(f"{url}/flows/{flow}/schema").json()["inputs"] or {"properties": {}}
numbers = {field for field, about in schema["properties"].items() if about.get("type") == "number"}
values = dict(each.split("=", 1) for each in given)
inputs = {field: float(text) if field in numbers else text for field, text in values.items()}

start = {"workflowId": flow, "connectionName": connection, "connectionType": 2}
start |= {"runMode": "unattended", "inputs": inputs, "validateInputs": True}
answer = broker.post(f"{url}/runs", json=start, headers={"Idempotency-Key": key})
run = answer.json()
if not answer.ok:
    sys.exit(run["error"]["message"])
while run["endedAt"] is None:
    run = broker.get(f"{url}/runs/{run['runId']}", params={"wait": 30}).json()
if run["status"] != "Succeeded":
    sys.exit(f"{run['status']}: {run['error']}")
print(broker.get(f"{url}/runs/{run['runId']}/outputs").json()["outputs"])
