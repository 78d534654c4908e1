#!/bin/sh
# Refuses a weak password, and becomes Redis; the password stands in a file, where no list of processes shows it.
set -eu
fail() { echo "redis: $*" >&2; exit 1; }
case "${REDIS_PASSWORD:-}" in
    "") fail "REDIS_PASSWORD is not set. Set it in .env; \`make env\` writes a file with random ones." ;;
    *change-me* | *changeme* | password* | redis* | secret* | your_* | example*)
        fail "REDIS_PASSWORD has a value of an example. Set one of your own in .env; \`make env\` writes random ones." ;;
esac
[ "${#REDIS_PASSWORD}" -ge 12 ] || fail "REDIS_PASSWORD is shorter than 12 characters; \`make env\` writes random ones."
cat > /tmp/redis.conf <<CONF
dir /data
port 6379
bind * -::*
protected-mode yes
requirepass "$(printf %s "$REDIS_PASSWORD" | sed 's/[\\"]/\\&/g')"
appendonly yes
appendfsync everysec
maxmemory ${REDIS_MEMORY:-256mb}
maxmemory-policy noeviction
rename-command DEBUG ""
CONF
chmod 600 /tmp/redis.conf
exec redis-server /tmp/redis.conf
