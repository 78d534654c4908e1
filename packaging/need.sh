#!/bin/sh
# Install the Debian packages that are missing, and nothing else: need.sh PACKAGE...
# Quiet and silent on standard input when all are there; as root, or through sudo.
set -eu
missing=""
for package in "$@"; do
    case "$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)" in
        "install ok installed") ;;
        *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
    echo "These are needed, and there is no apt-get to install them with:$missing" >&2
    exit 1
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    as_root="sudo"
    if ! command -v sudo >/dev/null; then
        echo "Run as root, or install these first:$missing" >&2
        exit 1
    fi
fi
echo "Installing Debian packages:$missing"
# shellcheck disable=SC2086  # a list of words
{
    $as_root apt-get update -qq </dev/null
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing </dev/null >/dev/null
}
