#!/bin/sh
# certificates.sh FOLDER [NAME...]: an authority and one certificate for the database's servers, for ten years. Keeps what is there.
set -eu
folder=$1
shift
[ $# -gt 0 ] || set -- pgbouncer postgres-primary postgres-replica-1 postgres-replica-2 postgres-replica-3
days=3650
for file in ca.pem cert.pem key.pem; do
    [ ! -e "$folder/$file" ] || { echo "$folder/$file is there already; nothing was changed." >&2; exit 1; }
done
command -v openssl >/dev/null || { echo "openssl is needed: apt-get install openssl" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
names=$(printf 'DNS:%s,' "$@")
mkdir -p "$folder"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days "$days" -subj "/CN=PDF Compare database authority" \
    -keyout "$work/ca-key.pem" -out "$work/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj "/CN=$1" -keyout "$work/key.pem" -out "$work/request.pem" 2>/dev/null
printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "${names%,}" > "$work/extensions"
openssl x509 -req -in "$work/request.pem" -CA "$work/ca.pem" -CAkey "$work/ca-key.pem" -CAcreateserial -days "$days" \
    -extfile "$work/extensions" -out "$work/cert.pem" 2>/dev/null
# The key is read by users of containers that this machine does not know; the authority's own key is kept by nobody.
install -m 0644 "$work/ca.pem" "$work/cert.pem" "$work/key.pem" "$folder"
echo "$folder has ca.pem, cert.pem and key.pem for $*. Set DATABASE_TLS=verify-full in .env."
