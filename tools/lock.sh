#!/usr/bin/env bash
# Writes requirements/*.lock: exact versions with hashes, good for every supported Python and system.
# Versions already locked stay unless --upgrade is given.
set -euo pipefail
cd "$(dirname "$0")/.."

lock() {
    local name=$1
    shift
    echo "lock: requirements/$name.lock"
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
        --output-file "requirements/$name.lock" "$@"
}

# dev holds all of runtime and build, so the smaller ones follow its versions.
lock dev pyproject.toml --group dev "$@"
lock runtime pyproject.toml --constraint requirements/dev.lock "$@"
lock arrow --group arrow --constraint requirements/dev.lock "$@"
lock build --group build --constraint requirements/dev.lock "$@"
lock node --group node "$@"
