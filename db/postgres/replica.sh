#!/bin/bash
# A replica: copies the primary at the first start, and follows it. Its slot's name is drawn then and kept with the
# copy, so that another replica needs nothing but a volume of its own.
# shellcheck source=db/postgres/server.sh
source "$(dirname "$0")/server.sh"
must_be_strong POSTGRES_REPLICATION_PASSWORD
primary=${PRIMARY_HOST:-postgres-primary}
export PGPASSWORD=$POSTGRES_REPLICATION_PASSWORD PGSSLMODE=$tls PGSSLROOTCERT=$certificates/ca.pem PGCONNECT_TIMEOUT=5

# ask SQL: of the primary, as the replicating user.
ask() { psql --no-psqlrc --quiet --tuples-only --no-align --host="$primary" --username=replicator --dbname=postgres --command="$1"; }

copy() {
    local slot reason
    mkdir -p "$(dirname "$PGDATA")"
    while :; do
        until reason=$(ask "SELECT 1" 2>&1 >/dev/null); do
            echo "replica: waiting for $primary: $reason"
            sleep 1
        done
        rm -rf "$PGDATA.copy"
        slot=replica_$(od -An -N4 -tx1 /dev/urandom | tr -d ' ')
        if pg_basebackup --host="$primary" --username=replicator --pgdata="$PGDATA.copy" --wal-method=stream \
            --create-slot --slot="$slot" --write-recovery-conf --checkpoint=fast --no-password; then
            break
        fi
        # Left behind, it would keep the primary's log for nobody.
        ask "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '$slot'" || true
        echo "replica: the copy failed, and is tried again"
        sleep 2
    done
    chmod 700 "$PGDATA.copy"
    rm -rf "$PGDATA"
    mv "$PGDATA.copy" "$PGDATA"
}

if [ ! -f "$PGDATA/standby.signal" ]; then
    if [ -f "$PGDATA/PG_VERSION" ]; then
        # A former replica that was promoted is a primary now: starting it as one is for a person to decide.
        [ "$primary" = "postgres-${REPLICA_NAME:-}" ] \
            || fail "$PGDATA is not the data of a replica. See docs/operations.md, \"Primary lost\"."
        serve "$@"
    fi
    copy
fi
# In a file that only the server reads: a command line is seen by everybody in here.
passwords=/tmp/replication-password
(umask 077; printf '*:*:*:replicator:%s\n' "$(printf %s "$PGPASSWORD" | sed 's/[\\:]/\\&/g')" > "$passwords")
unset PGPASSWORD
conninfo="host=$primary user=replicator passfile=$passwords application_name=${REPLICA_NAME:-$HOSTNAME} connect_timeout=5 sslmode=$tls sslrootcert=$certificates/ca.pem"
serve "$@" -c "primary_conninfo=$conninfo"
