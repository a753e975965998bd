#!/bin/sh
# The broker's two secrets in its vault: made where there are none, and never changed by a deployment.
#
#   secrets.sh make           what `azd up` calls after each provisioning
#   secrets.sh rotate NAME    a new one; the old one becomes NAME-previous (docs/deploy.md, "Secrets")
#
# BROKER_VAULT: the vault's name. BROKER_APP_ID: the app, which is told to read its references anew.
# A value goes through a file of its own, never through a command line.
set -eu
umask 077

: "${BROKER_VAULT:?is not set: the name of the vault, an output of the deployment}"
TRIES=${SECRETS_TRIES:-40}
WAIT_SECONDS=${SECRETS_WAIT_SECONDS:-15}
KEY=callback-signing-key
SECRET=notify-signing-secret
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "secrets.sh: $1" >&2
  exit 1
}

# Say whether a secret is there. A role may take minutes to be known everywhere: till then, wait.
is_there() {
  tries=$TRIES
  while :; do
    if az keyvault secret show --vault-name "$BROKER_VAULT" --name "$1" --query id --output tsv \
      >/dev/null 2>"$work/error"; then
      return 0
    fi
    if grep -q SecretNotFound "$work/error"; then
      return 1
    fi
    tries=$((tries - 1))
    if [ "$tries" -le 0 ] || ! grep -q Forbidden "$work/error"; then
      cat "$work/error" >&2
      fail "cannot see whether $1 is in $BROKER_VAULT, so nothing was made"
    fi
    echo "The vault does not let you in yet; next try in $WAIT_SECONDS s."
    sleep "$WAIT_SECONDS"
  done
}

write_random() {
  case $1 in
    "$KEY") bytes=48 begin= ;;
    "$SECRET") bytes=32 begin=whsec_ ;;
    *) fail "$1 is no secret of the broker: $KEY or $SECRET" ;;
  esac
  openssl rand -base64 "$bytes" >"$work/random" || fail "openssl gave no random bytes"
  printf '%s%s' "$begin" "$(tr -d '\n' <"$work/random")" >"$work/$1"
}

set_from_file() {
  az keyvault secret set --vault-name "$BROKER_VAULT" --name "$1" --file "$2" --encoding utf-8 \
    --output none || fail "$1 could not be written; if it was deleted, recover it: az keyvault secret recover"
}

refresh() {
  if [ -n "${BROKER_APP_ID:-}" ]; then
    az rest --method post --output none --url \
      "https://management.azure.com$BROKER_APP_ID/config/configreferences/appsettings/refresh?api-version=2022-03-01"
  fi
}

make() {
  for name in "$KEY" "$SECRET"; do
    if is_there "$name"; then
      echo "$name: there already, left as it is"
    else
      write_random "$name"
      set_from_file "$name" "$work/$name"
      echo "$name: made"
    fi
  done
  refresh
}

rotate() {
  write_random "$1"
  is_there "$1" || fail "$1 is not in $BROKER_VAULT: make it first"
  az keyvault secret show --vault-name "$BROKER_VAULT" --name "$1" --query value --output tsv \
    | tr -d '\n' >"$work/old"
  [ -s "$work/old" ] || fail "$1 could not be read, so nothing was changed"
  set_from_file "$1-previous" "$work/old"
  set_from_file "$1" "$work/$1"
  echo "$1: new; $1-previous: the one before"
}

case ${1:-} in
  make) make ;;
  rotate) rotate "${2:?which secret?}" ;;
  *) fail "make, or rotate NAME" ;;
esac
