#!/usr/bin/env bash
# Sees to programs that check or run what is in deploy/ and docs/: promtool and Caddy. Only in CI (CI=true), as root on Debian or
# Ubuntu, and only the programs, as the packages would start services. Where they are missing, their tests are skipped.
set -euo pipefail

[ "${CI:-}" = true ] && [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] || exit 0

fetch() { # the program, its package
    command -v "$1" >/dev/null && return
    (cd "$folder" && apt-get download "$2" && dpkg-deb --extract "$2"_*.deb . && install "usr/bin/$1" /usr/local/bin/) 2>&1
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Packages are fetched by a user without rights, who has to get in.
chmod 755 "$folder"
for pair in promtool:prometheus caddy:caddy; do
    if ! log=$(fetch "${pair%:*}" "${pair#*:}") && ! log=$(apt-get update 2>&1 && fetch "${pair%:*}" "${pair#*:}"); then
        echo "tests: no ${pair%:*}: $(echo "$log" | tail -n 1)" >&2
    fi
done
