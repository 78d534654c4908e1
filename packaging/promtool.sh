#!/bin/bash
# Debian's promtool alone, for the tests of the alerts: promtool.sh FOLDER. Its package would start a server besides.
set -euo pipefail
to=$(cd "$1" && pwd)
if command -v promtool >/dev/null; then exit 0; fi
if ! command -v apt-get >/dev/null; then
    echo "promtool is needed, and there is no apt-get to get it with" >&2
    exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
cd "$work"
apt-get download -qq prometheus </dev/null >/dev/null 2>&1 || { apt-get update -qq </dev/null && apt-get download -qq prometheus </dev/null >/dev/null; }
dpkg-deb -x prometheus_*.deb unpacked
install -m 755 unpacked/usr/bin/promtool "$to/promtool"
