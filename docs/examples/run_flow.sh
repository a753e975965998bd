#!/bin/sh
# Start a run, wait for its end, and print what the robot gave back, with curl alone.
#
#   BROKER_URL=https://<app>/api BROKER_KEY=<host key> \
#       sh run_flow.sh invoice-4711 "Post invoice" dfb_FinanceRobots \
#       '{"InvoiceNumber": "4711", "Amount": 119.50}'
#
# The first argument is the key: the same command again finds the same run. Then come the desktop
# flow's name, a connection reference (GET connections), and the inputs.
set -eu

# Asks, again where that may help; an error of the broker is printed, and ends this.
call() {
    curl --silent --show-error --fail-with-body --retry 4 --header "x-functions-key: $BROKER_KEY" "$@"
}

# Gives the first value of a name in an answer.
value() {
    printf '%s' "$2" | grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4
}

stop() {
    echo "$1" >&2
    exit 1
}

flows=$(call --get --data-urlencode "search=$2" "$BROKER_URL/flows") || stop "$flows"
named=$(printf '%s' "$flows" | tr '{' '\n' | grep -F "\"name\":\"$2\"") || stop "no flow is called $2"

answer=$(
    call "$BROKER_URL/runs" \
        --header "Idempotency-Key: $1" --header 'Content-Type: application/json' \
        --data '{
            "workflowId": "'"$(value workflowId "$named")"'",
            "connectionName": "'"$3"'",
            "connectionType": 2,
            "runMode": "unattended",
            "inputs": '"$4"',
            "validateInputs": true
        }'
) || stop "$answer"
run=$(value runId "$answer")

while :; do
    answer=$(call "$BROKER_URL/runs/$run?wait=30") || stop "$answer"
    case $(value status "$answer") in
        Succeeded) break ;;
        Failed | Cancelled | TimedOut) stop "$answer" ;;
    esac
done

call "$BROKER_URL/runs/$run/outputs"
