#!/usr/bin/env bash
# Chooses the Python that sets the checkout up, and hands over to it: tools/setup.sh runtime|dev|web
set -euo pipefail
cd "$(dirname "$0")/.."

fits='import ensurepip, ssl, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
needs='Python 3.11, 3.12 or 3.13 with venv is needed (Debian and Ubuntu: apt-get install python3-venv)'

find_python() {
    local name
    if [ -n "${PYTHON:-}" ]; then
        if "$PYTHON" -c "$fits" >/dev/null 2>&1; then
            echo "$PYTHON"
            return
        fi
        echo "setup: PYTHON=$PYTHON cannot be used: $needs" >&2
        return 1
    fi
    # The environment made before knows which interpreter it was made with, and starts fastest.
    for name in .venv/bin/python python3 python3.13 python3.12 python3.11; do
        if "$name" -c "$fits" >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    echo "setup: none found on PATH: $needs, or name one: make setup PYTHON=/path/to/python" >&2
    return 1
}

python=$(find_python)
exec "$python" -m tools.setup "$@"
