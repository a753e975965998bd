#!/bin/sh
# Say in one sentence which tool is missing or too old, before anything is set up.
#
#   check_tools.sh python    prints the Python to make the virtual environment with ($PYTHON wins)
#   check_tools.sh node      checks Node.js, which runs Azurite
#   check_tools.sh npm       checks that, and npm, which installs it
set -eu

fail() {
    echo "$1" >&2
    exit 1
}

find_python() {
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed and was not found: install it, or name it with PYTHON=..."
}

check_node() {
    version=$(node --version 2>/dev/null) || fail "Node.js 20 or newer is needed for Azurite and was not found: install it."
    major=${version#v}
    [ "${major%%.*}" -ge 20 ] || fail "Node.js 20 or newer is needed for Azurite, but node is $version: install a newer one."
}

check_npm() {
    check_node
    npm --version >/dev/null 2>&1 || fail "npm is needed to install Azurite and was not found: install it with Node.js."
}

case "${1:-}" in
    python) find_python ;;
    node) check_node ;;
    npm) check_npm ;;
    *) fail "usage: check_tools.sh python|node|npm" ;;
esac
