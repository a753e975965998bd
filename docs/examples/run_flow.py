r"""Pick a desktop flow by its name, fill its inputs, start it, wait, and print what it gave back.

BROKER_URL=https://<app>/api BROKER_KEY=<host key> \
    python run_flow.py invoice-4711 "Post invoice" dfb_FinanceRobots \
    InvoiceNumber=4711 Amount=119.50

The first argument is the idempotency key, the second the desktop flow's whole name, the third a
connection reference (GET connections).
"""

import os
import sys

import requests

key, name, robots, *given = sys.argv[1:]
broker, url = requests.Session(), os.environ["BROKER_URL"]
broker.headers.update({"x-functions-key": os.environ["BROKER_KEY"], "Idempotency-Key": key})
found = broker.get(f"{url}/flows", params={"search": name}).json()["value"]
(flow,) = (each["workflowId"] for each in found if each["name"] == name)
schema = broker.get(f"{url}/flows/{flow}/schema").json()["inputs"] or {}
numbers = {each for each, of in schema.get("properties", {}).items() if of.get("type") == "number"}
pairs = (each.split("=", 1) for each in given)
inputs = {each: float(text) if each in numbers else text for each, text in pairs}
start = {"workflowId": flow, "connectionName": robots, "connectionType": 2, "runMode": "unattended"}
run = broker.post(f"{url}/runs", json=start | {"inputs": inputs, "validateInputs": True}).json()
while "runId" in run and run["endedAt"] is None:
    run = broker.get(f"{url}/runs/{run['runId']}", params={"wait": 30}).json()
done = run.get("status") == "Succeeded"
print(broker.get(f"{url}/runs/{run['runId']}/outputs").json() if done else sys.exit(str(run)))
