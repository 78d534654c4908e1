#!/bin/bash
# The primary: makes the database, its users and who may connect at the first start, and becomes the server.
# shellcheck source=db/postgres/server.sh
source "$(dirname "$0")/server.sh"
must_be_strong POSTGRES_PASSWORD POSTGRES_REPLICATION_PASSWORD

create() {
    mkdir -p "$PGDATA"
    chmod 700 "$PGDATA"
    # A start that was cut short left something half made; nothing of it was ever used.
    rm -rf "${PGDATA:?}"/* "$PGDATA"/.??*
    initdb --username=postgres --encoding=UTF8 --locale-provider=builtin --locale=C.UTF-8 --data-checksums \
        --auth-local=trust --auth-host=scram-sha-256 >/dev/null
    pg_ctl --pgdata="$PGDATA" --wait --silent --options="-c listen_addresses='' -c unix_socket_directories=/tmp" start
    psql --no-psqlrc --quiet --username=postgres --dbname=postgres --set=ON_ERROR_STOP=1 \
        --set=password="$POSTGRES_PASSWORD" --set=replication="$POSTGRES_REPLICATION_PASSWORD" <<'SQL'
CREATE ROLE pdfcompare_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
-- Past row-level security only as itself, for pg_dump: every transaction of the product becomes pdfcompare_app first.
CREATE ROLE pdfuser LOGIN BYPASSRLS PASSWORD :'password';
GRANT pdfcompare_app, pg_monitor TO pdfuser;
CREATE ROLE replicator LOGIN REPLICATION PASSWORD :'replication';
CREATE DATABASE pdfcompare OWNER pdfuser;
SQL
    pg_ctl --pgdata="$PGDATA" --wait --silent --mode=fast stop
    touch "$PGDATA/pdf-compare-is-made"
}

[ -f "$PGDATA/pdf-compare-is-made" ] || create
serve "$@"
