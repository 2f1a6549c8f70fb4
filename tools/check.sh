#!/usr/bin/env bash
# Every check there is, all of them even when one fails; the exit code tells whether all passed.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=()

check() {
    echo "check: $*"
    "$@" || failed+=("$*")
}

export NO_COLOR=1
check .venv/bin/ruff format --check --output-format concise .
check .venv/bin/ruff check --output-format concise .
check .venv/bin/mypy src tests tools
check .venv/bin/lint-imports
check .venv/bin/python -m tools.npm --prefix web run check

if [ ${#failed[@]} -gt 0 ]; then
    printf 'check: FAILED: %s\n' "${failed[@]}"
    exit 1
fi
echo 'check: all passed'
