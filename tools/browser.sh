#!/usr/bin/env bash
# Sees to a Chromium for the browser tests where that takes no question: as root on Debian or Ubuntu.
# Elsewhere those tests are skipped with a reason; with CI=true they fail.
set -euo pipefail

have_browser() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$name" >/dev/null; then
            return 0
        fi
    done
    [ -x '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' ]
}

if have_browser; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ]; then
    echo 'tests: installing chromium for the browser tests' >&2
    export DEBIAN_FRONTEND=noninteractive
    if log=$(apt-get update 2>&1 && apt-get install -y --no-install-recommends chromium fonts-liberation 2>&1); then
        exit 0
    fi
    echo "$log" | tail -n 5 >&2
fi
echo 'tests: no Chromium or Chrome found; see the reason each browser test gives' >&2
