#!/bin/bash
# recover.sh TIME: a server whose data are those of TIME ('2026-11-22 14:03:00+00', or `latest`), made from the archive in
# an empty folder. Nothing that is there is overwritten. When it ends with 0 the data can be served as usual.
# shellcheck source=db/postgres/server.sh
source "$(dirname "$0")/server.sh"
archive=${ARCHIVE_FOLDER:-/var/lib/postgresql/archive} sockets=${SOCKET_FOLDER:-/tmp}
target=${1:?recover.sh TIME: such as '2026-11-22 14:03:00+00', or latest}
[ -d "$archive/copies" ] && [ -d "$archive/wal" ] || fail "$archive is no archive"
if [ "$target" = latest ]; then
    moment=$(date -u +%s)
else
    moment=$(date -u -d "$target" +%s 2>/dev/null) || fail "'$target' is not a time such as '2026-11-22 14:03:00+00'"
    [[ $target =~ (Z|[+-][0-9]{2}(:?[0-9]{2})?)$ ]] || fail "'$target' has no time zone; add +00 for UTC"
fi
if [ -n "$(ls -A "$PGDATA" 2>/dev/null)" ]; then
    fail "$PGDATA is not empty; recover into an empty volume. Nothing was changed."
fi

chosen=""
for copy in "$archive"/copies/*/; do
    [ -f "$copy/copied-at" ] && [ "$(cat "$copy/copied-at")" -le "$moment" ] && chosen=$copy
done
[ -n "$chosen" ] || fail "no copy is older than $target; the oldest is $(ls "$archive/copies" | sort | head -1). Nothing was changed."
echo "recover: from copy $(basename "$chosen"), which is checked first"
verified "$chosen" || fail "the copy is damaged: name an earlier time, or take it away. Nothing was changed."

mkdir -p "$PGDATA"
cp -a "$chosen/." "$PGDATA/"
rm -f "$PGDATA/copied-at"
chmod 700 "$PGDATA"
# The segment that was being received when the primary was lost is there under another name.
wal="$archive/wal"
{
    echo "restore_command = 'cp \"$wal/%f\" \"%p\" 2>/dev/null || cp \"$wal/%f.partial\" \"%p\" 2>/dev/null'"
    [ "$target" = latest ] || echo "recovery_target_time = '$target'"
    echo "recovery_target_action = 'promote'"
} > "$PGDATA/recovery.conf.part"
cp "$PGDATA/postgresql.auto.conf" "$PGDATA/postgresql.auto.before"
cat "$PGDATA/recovery.conf.part" >> "$PGDATA/postgresql.auto.conf"
touch "$PGDATA/recovery.signal"
log=$PGDATA/recovery.log
undo() { rm -rf "${PGDATA:?}"/* "$PGDATA"/.??*; fail "$1 Nothing is left of it."; }
postgres -D "$PGDATA" -c "listen_addresses=" -c "unix_socket_directories=$sockets" -c "logging_collector=off" \
    -c "log_destination=stderr" -c "max_connections=${POSTGRES_MAX_CONNECTIONS:-200}" -c "max_wal_senders=16" > "$log" 2>&1 &
server=$!
# Not by pg_ctl, for which a server that still recovers has started. The file goes with the end of the recovery.
until [ ! -e "$PGDATA/recovery.signal" ] && pg_controldata -D "$PGDATA" | grep -q "^Database cluster state: *in production$"; do
    if ! kill -0 "$server" 2>/dev/null; then
        if grep -q "recovery ended before configured recovery target was reached" "$log"; then
            undo "the archive ends before $target: $(grep -o 'last completed transaction was at log time.*' "$log" | tail -1)."
        fi
        undo "the server did not start: $(grep -E 'FATAL|PANIC' "$log" | tail -1)"
    fi
    sleep 1
done
reached=$(grep -oE "(recovery stopping before commit of transaction [0-9]+, time .*|last completed transaction was at log time .*)" "$log" | tail -1 || true)
kill -INT "$server"
wait "$server" || undo "the server did not stop: $(tail -1 "$log")"
mv "$PGDATA/postgresql.auto.before" "$PGDATA/postgresql.auto.conf"
rm -f "$PGDATA/recovery.conf.part" "$log"
echo "recover: the data are those of $target${reached:+ ($reached)}"
