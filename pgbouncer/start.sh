#!/bin/bash
# Writes PgBouncer's configuration from the environment, and becomes it. What it writes lies in a tmpfs.
set -euo pipefail
fail() { echo "pgbouncer: $*" >&2; exit 1; }
number() { [[ ${!1} =~ ^[0-9]+$ ]] || fail "$1 must be a number, not '${!1}'"; }

: "${POSTGRES_PASSWORD:?pgbouncer: POSTGRES_PASSWORD is not set}"
: "${MAX_CLIENT_CONN:=1000}" "${DEFAULT_POOL_SIZE:=25}" "${RESERVE_POOL_SIZE:=10}"
: "${PRIMARY_HOST:=postgres-primary}" "${REPLICA_HOSTS=postgres-replica-1,postgres-replica-2}"
: "${DATABASE_TLS:=prefer}" "${DATABASE_URL:=}"
for name in MAX_CLIENT_CONN DEFAULT_POOL_SIZE RESERVE_POOL_SIZE; do number "$name"; done

run=${RUN_FOLDER:-/tmp} tls=/etc/pdf-compare/tls
umask 077

# readable FILE: or say what is wrong with it.
readable() {
    [ -e "$1" ] || fail "DATABASE_TLS is $DATABASE_TLS, and $1 is not there. \`make certificates\` writes one into TLS_DIR."
    [ -r "$1" ] || fail "$1 cannot be read by user $(id -u), as which this container runs: chmod 644"
}
case "$DATABASE_TLS" in
    disable | prefer) encrypted="" ;;
    require | verify-ca | verify-full) encrypted=1; readable "$tls/cert.pem"; readable "$tls/key.pem" ;;
    *) fail "DATABASE_TLS must be disable, prefer, require, verify-ca or verify-full, not '$DATABASE_TLS'" ;;
esac
case "$DATABASE_TLS" in verify-*) readable "$tls/ca.pem" ;; esac

decoded() { local text=${1//\\/\\\\}; printf %b "${text//%/\\x}"; }
quoted() { local text quote="'"; text=$(decoded "$1"); printf "'%s'" "${text//$quote/$quote$quote}"; }
server="host=$PRIMARY_HOST dbname=pdfcompare"
if [ -n "$DATABASE_URL" ]; then
    pattern='^postgres(ql)?://([^:@/]+)(:([^@/]*))?@([^:/@?]+)(:([0-9]+))?/([^/?]+)(\?.*)?$'
    [[ $DATABASE_URL =~ $pattern ]] \
        || fail "DATABASE_URL is not an address such as postgresql://user:password@host:5432/database"
    server="host=${BASH_REMATCH[5]} port=${BASH_REMATCH[7]:-5432} dbname=$(quoted "${BASH_REMATCH[8]}")"
    server+=" user=$(quoted "${BASH_REMATCH[2]}") password=$(quoted "${BASH_REMATCH[4]}")"
    REPLICA_HOSTS=""
    echo "pgbouncer: the database is at ${BASH_REMATCH[5]}:${BASH_REMATCH[7]:-5432}"
fi

# The stored verifier of a password cannot be used to log in to the server, so it stands here in plain.
printf '"pdfuser" "%s"\n' "${POSTGRES_PASSWORD//\"/\"\"}" > "$run/users.txt"
# Inside of this container the socket is enough for the statistics: docker exec … psql -U pdfuser pgbouncer
cat > "$run/hba.conf" <<HBA
local pgbouncer pdfuser trust
local all all scram-sha-256
host all all all scram-sha-256
HBA
{
    echo "[databases]"
    echo "pdfcompare = $server"
    # Migrations and LISTEN need a connection that stays theirs.
    echo "pdfcompare_session = $server pool_mode=session pool_size=40 reserve_pool=5"
    # Backups keep a connection too, and rather one to a replica.
    dumped=${REPLICA_HOSTS%%,*}
    if [ -n "$dumped" ]; then dumped="host=$dumped dbname=pdfcompare"; else dumped=$server; fi
    echo "pdfcompare_dump = $dumped pool_mode=session pool_size=2"
    n=0
    for host in ${REPLICA_HOSTS//,/ }; do
        n=$((n + 1))
        # One alias for each replica: a list of hosts does not fail over. Who asks a dead one must know within 2 s.
        echo "pdfcompare_ro$n = host=$host dbname=pdfcompare query_wait_timeout=2"
    done
    cat <<INI
[pgbouncer]
listen_addr = *
listen_port = 6432
unix_socket_dir = /tmp
auth_type = hba
auth_file = $run/users.txt
auth_hba_file = $run/hba.conf
stats_users = pdfuser
pool_mode = transaction
max_client_conn = $MAX_CLIENT_CONN
default_pool_size = $DEFAULT_POOL_SIZE
reserve_pool_size = $RESERVE_POOL_SIZE
max_prepared_statements = 200
# A restart of the primary is waited for; longer than this is told as an error.
query_wait_timeout = 20
server_connect_timeout = 3
server_login_retry = 1
server_check_delay = 5
server_tls_sslmode = $DATABASE_TLS
ignore_startup_parameters = extra_float_digits,options
log_connections = 0
log_disconnections = 0
INI
    if [ -r "$tls/ca.pem" ]; then echo "server_tls_ca_file = $tls/ca.pem"; fi
    if [ -n "$encrypted" ]; then
        echo "client_tls_sslmode = require"
        echo "client_tls_cert_file = $tls/cert.pem"
        echo "client_tls_key_file = $tls/key.pem"
    fi
} > "$run/pgbouncer.ini"
exec pgbouncer "$run/pgbouncer.ini"
