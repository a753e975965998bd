#!/bin/sh
# Start a run, wait for its end, and print what the robot gave back, with curl alone.
#
#   BROKER_URL=https://<app>/api BROKER_KEY=<host key> sh run_flow.sh 4711
#
# The invoice's number is the key, so the same command again finds the same run.
set -eu

# Asks, again where that may help; an error of the broker is printed, and ends this.
call() {
    curl --silent --show-error --fail-with-body --retry 4 --header "x-functions-key: $BROKER_KEY" "$@"
}

# Gives the first value of a name in an answer.
value() {
    printf '%s' "$2" | grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4
}

answer=$(
    call "$BROKER_URL/runs" \
        --header "Idempotency-Key: invoice-$1" --header 'Content-Type: application/json' \
        --data '{
            "workflowId": "8f6c1d52-1b7e-4d0a-9b54-0c2f6f3e1a01",
            "connectionName": "shared-finance-01",
            "runMode": "unattended",
            "inputs": {"InvoiceNumber": "'"$1"'", "Amount": 119.50}
        }'
) || { echo "$answer" >&2; exit 1; }
run=$(value runId "$answer")

while :; do
    answer=$(call "$BROKER_URL/runs/$run?wait=30") || { echo "$answer" >&2; exit 1; }
    case $(value status "$answer") in
        Succeeded) break ;;
        Failed | Cancelled | TimedOut) echo "$answer" >&2; exit 1 ;;
    esac
done

call "$BROKER_URL/runs/$run/outputs"
