#!/bin/bash
# rolling-update.sh [COMPOSE COMMAND...]: brings the image that is there now into use while people work. The database first
# (what is added fits the old release too), then the web servers, one by one, then the workers, which hand their jobs back, and the rest.
# A new web server runs beside the old ones before one of them goes; whoever was on that one is served by another.
set -euo pipefail
cd "$(dirname "$0")/.."
compose=("$@")
if [ $# -eq 0 ]; then
    if command -v docker-compose >/dev/null; then compose=(docker-compose); else compose=(docker compose); fi
    compose+=(-f docker-compose-scaled.yml)
fi
service=pdf-compare-ui
ready_seconds=180  # a new one may take so long; the old ones serve meanwhile
known_seconds=11   # nginx asks for addresses every 5 s, and lets one that did not answer yet rest for 5 s
leave_seconds=30   # for requests that are under way
fail() { echo "rolling-update: $*" >&2; exit 1; }

servers() { "${compose[@]}" ps -q "$service"; }
health() { docker inspect --format '{{if .State.Running}}{{.State.Health.Status}}{{else}}ended{{end}}' "$1" 2>/dev/null || echo gone; }

mapfile -t old < <(servers)
[ "${#old[@]}" -gt 0 ] || fail "no $service runs; start the stack with up -d"
"${compose[@]}" run --rm --no-deps migrate || fail "the database was not brought to this release; everything runs as before"
for leaving in "${old[@]}"; do
    before=$(servers)
    "${compose[@]}" up -d --no-deps --no-recreate --scale "$service=$((${#old[@]} + 1))" "$service" >/dev/null 2>&1 \
        || fail "no new $service could be started; the old ones go on"
    new=$(comm -13 <(sort <<<"$before") <(servers | sort))
    [ -n "$new" ] || fail "no new $service was started; the old ones go on"
    for ((waited = 0; ; waited++)); do
        case "$(health "$new")" in healthy) break ;; ended | gone) waited=$ready_seconds ;; esac
        if [ "$waited" -ge "$ready_seconds" ]; then
            docker logs --tail 20 "$new" >&2 || true
            docker rm -f "$new" >/dev/null
            fail "the new $service did not get ready, and is removed; the old ones go on"
        fi
        sleep 1
    done
    sleep "$known_seconds"
    docker stop --time "$leave_seconds" "$leaving" >/dev/null
    docker rm "$leaving" >/dev/null
    echo "replaced ${leaving:0:12} by ${new:0:12}"
done
"${compose[@]}" up -d --no-deps pdf-compare-worker pdf-compare-notifier backup >/dev/null 2>&1 || fail "the workers were not replaced"
echo "updated: ${#old[@]} web servers, the workers, the notifier and the backups"
