#!/bin/bash
# The archive: receives the write-ahead log as it is written, and copies the whole server once a day. With both, the
# database can be brought back to any second since the oldest copy (recover.sh). Nothing at the primary has to be set.
# shellcheck source=db/postgres/server.sh
source "$(dirname "$0")/server.sh"
must_be_strong POSTGRES_REPLICATION_PASSWORD
export PGHOST=${PRIMARY_HOST:-postgres-primary} PGUSER=replicator PGPASSWORD=$POSTGRES_REPLICATION_PASSWORD
export PGSSLMODE=$tls PGSSLROOTCERT=$certificates/ca.pem PGCONNECT_TIMEOUT=5
archive=${ARCHIVE_FOLDER:-/var/lib/postgresql/archive}
keep=${ARCHIVE_KEEP:-7} every=${ARCHIVE_EVERY_SECONDS:-86400} slot=archive
readonly TELL_SECONDS=15
[[ $keep =~ ^[1-9][0-9]*$ ]] || fail "ARCHIVE_KEEP must be a number of copies, not '$keep'"
figures=${ARCHIVE_FIGURES:-/var/lib/postgresql/figures}
umask 077
mkdir -p "$archive/wal" "$archive/copies"
install -d -m 755 "$figures"  # read by another user, who may not read the archive

receive() {
    # The slot makes the primary keep what was not received yet, as far as max_slot_wal_keep_size goes.
    pg_receivewal --directory="$archive/wal" --slot="$slot" --create-slot --if-not-exists --no-password
    exec pg_receivewal --directory="$archive/wal" --slot="$slot" --synchronous --no-password
}

# copy: one more copy, under its final name only when it is whole; then older ones go, and the log that only they needed.
copy() {
    local name fresh
    name=$(date -u +%Y%m%dT%H%M%SZ) fresh=$archive/copies/.fresh
    rm -rf "$fresh"
    pg_basebackup --pgdata="$fresh" --wal-method=fetch --checkpoint=fast --manifest-checksums=SHA256 --no-password || return 1
    verified "$fresh" || return 1
    date -u +%s > "$fresh/copied-at"
    sync "$fresh" "$fresh/copied-at"
    mv "$fresh" "$archive/copies/$name"
    echo "archive: copy $name is whole"
    local -a all
    mapfile -t all < <(ls "$archive/copies" | sort)
    while [ "${#all[@]}" -gt "$keep" ]; do
        rm -rf "${archive:?}/copies/${all[0]}"
        all=("${all[@]:1}")
    done
    pg_archivecleanup "$archive/wal" "$(sed -n 's/^START WAL LOCATION:.*(file \(.*\))$/\1/p' "$archive/copies/${all[0]}/backup_label")"
}

# The newest copy's age in seconds; very old where there is none.
age() {
    local newest
    newest=$(cat "$archive"/copies/*/copied-at 2>/dev/null | sort -n | tail -1)
    echo $(($(date -u +%s) - ${newest:-0}))
}

# What Prometheus is told by node-exporter, which reads the file; `tell` again and again is the sign of life.
tell() {
    local -a copies segments
    mapfile -t copies < <(ls "$archive/copies")
    mapfile -t segments < <(ls "$archive/wal" | grep -E '^[0-9A-F]{24}$')
    {
        echo "# HELP pdfc_archive_seen_seconds When the archive last told that it receives the log of the primary"
        echo "# TYPE pdfc_archive_seen_seconds gauge"
        echo "pdfc_archive_seen_seconds $(date +%s)"
        echo "# HELP pdfc_archive_segment_seconds When the last whole segment (16 MB) of the log was received; none while nothing is written"
        echo "# TYPE pdfc_archive_segment_seconds gauge"
        [ "${#segments[@]}" -eq 0 ] || echo "pdfc_archive_segment_seconds $(stat -c %Y "$archive/wal/${segments[-1]}")"
        echo "# HELP pdfc_archive_copy_seconds When the newest copy of the server in the archive was whole"
        echo "# TYPE pdfc_archive_copy_seconds gauge"
        [ "${#copies[@]}" -eq 0 ] || echo "pdfc_archive_copy_seconds $(cat "$archive/copies/${copies[-1]}/copied-at")"
        echo "# HELP pdfc_archive_copies Copies of the server in the archive"
        echo "# TYPE pdfc_archive_copies gauge"
        echo "pdfc_archive_copies ${#copies[@]}"
    } > "$figures/.archive"
    chmod 644 "$figures/.archive"
    mv "$figures/.archive" "$figures/archive.prom"
}

receive &
receiver=$!
while kill -0 "$receiver" 2>/dev/null; do tell || true; sleep "$TELL_SECONDS"; done &
teller=$!
trap 'kill "$receiver" "$teller" 2>/dev/null; wait "$receiver"; exit 0' TERM INT
while :; do
    kill -0 "$receiver" 2>/dev/null || fail "the log is not received any more; the service is started again"
    if [ "$(age)" -ge "$every" ]; then
        copy || { echo "archive: the copy failed, and is tried again in a minute" >&2; rm -rf "$archive/copies/.fresh"; sleep 60 & wait $!; continue; }
    fi
    sleep 5 & wait $!
done
