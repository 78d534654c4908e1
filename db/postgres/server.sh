# Sourced by primary.sh and replica.sh: where the programs are, and passwords that must not be the ones of an example.
set -euo pipefail
programs=${POSTGRES_PROGRAMS:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)}
export PATH="${programs:+$programs:}$PATH"
export PGDATA=${PGDATA:-/var/lib/postgresql/18/data}

fail() { echo "$(basename "$0" .sh): $*" >&2; exit 1; }

# must_be_strong NAME...: refuses an empty, short or well-known value by the name of its variable.
must_be_strong() {
    local name
    for name in "$@"; do
        case "${!name:-}" in
            "") fail "$name is not set. Set it in .env; \`make env\` writes a file with random ones." ;;
            *change-me* | *changeme* | password* | postgres* | secret* | your_* | example*)
                fail "$name has a value of an example. Set one of your own in .env; \`make env\` writes random ones." ;;
        esac
        [ "${#name}" -gt 0 ] && [ "$(printf %s "${!name}" | wc -m)" -ge 12 ] \
            || fail "$name is shorter than 12 characters. Set a longer one in .env; \`make env\` writes random ones."
    done
}

tls=${DATABASE_TLS:-prefer} certificates=/etc/pdf-compare/tls encrypted=""
case "$tls" in
    disable | prefer) ;;
    require | verify-ca | verify-full) encrypted=1 ;;
    *) fail "DATABASE_TLS must be disable, prefer, require, verify-ca or verify-full, not '$tls'" ;;
esac
for file in ${encrypted:+cert.pem key.pem} $(case "$tls" in verify-*) echo ca.pem ;; esac); do
    [ -e "$certificates/$file" ] \
        || fail "DATABASE_TLS is $tls, and $certificates/$file is not there. \`make certificates\` writes one into TLS_DIR."
    [ -r "$certificates/$file" ] \
        || fail "$certificates/$file cannot be read by user $(id -u), as which this container runs: chmod 644"
done

# verified FOLDER: whether a copy by pg_basebackup is what was copied, file by file, by the digests in its manifest.
verified() {
    (cd "$1" && sed -n 's/^{ "Path": "\([^"]*\)",.*"Checksum-Algorithm": "SHA256", "Checksum": "\([0-9a-f]\{64\}\)".*/\2  \1/p' \
        backup_manifest | sha256sum --check --status --strict)
}

# Written at each start, since it follows from the settings.
write_hba() {
    local host=host${encrypted:+ssl}
    cat > /tmp/pg_hba.conf <<HBA
# Whoever is inside of this container is the administrator.
local all all trust
local replication all trust
$host replication replicator all scram-sha-256
$host all all all scram-sha-256
HBA
}

settings() {
    local -a given=(
        -c "listen_addresses=*"
        -c "unix_socket_directories=/tmp"
        -c "hba_file=/tmp/pg_hba.conf"
        -c "max_connections=${POSTGRES_MAX_CONNECTIONS:-200}"
        -c "shared_buffers=${POSTGRES_SHARED_BUFFERS:-256MB}"
        -c "effective_cache_size=${POSTGRES_CACHE_SIZE:-1GB}"
        -c "work_mem=8MB"
        -c "maintenance_work_mem=64MB"
        -c "random_page_cost=1.1"
        -c "wal_level=replica"
        -c "max_wal_senders=16"
        # Two replicas that copy at once must not take each other's log away.
        -c "wal_keep_size=256MB"
        -c "max_replication_slots=16"
        # A replica that is gone for long must not fill the primary's disk.
        -c "max_slot_wal_keep_size=${POSTGRES_SLOT_WAL:-5GB}"
        -c "wal_compression=on"
        -c "hot_standby_feedback=on"
        -c "max_standby_streaming_delay=30s"
        -c "password_encryption=scram-sha-256"
        -c "timezone=UTC"
        -c "log_timezone=UTC"
        # Statements may hold text of documents.
        -c "log_min_error_statement=panic"
        -c "log_error_verbosity=terse"
        -c "log_parameter_max_length=0"
    )
    if [ -n "$encrypted" ]; then
        # The server wants a key that only it may read, however it was mounted.
        install -m 0600 "$certificates/key.pem" /tmp/tls-key.pem
        given+=(-c "ssl=on" -c "ssl_cert_file=$certificates/cert.pem" -c "ssl_key_file=/tmp/tls-key.pem")
    fi
    printf '%s\0' "${given[@]}"
}

# serve ARGUMENTS...: become the server; what the compose file gives comes last and so wins.
serve() {
    local -a given
    mapfile -d '' given < <(settings)
    [ "${1:-}" = postgres ] && shift
    write_hba
    exec postgres "${given[@]}" "$@"
}
