#!/bin/sh
# Chooses between http and https by whether a certificate is mounted, and becomes nginx.
set -eu
cert=/etc/nginx/ssl/cert.pem key=/etc/nginx/ssl/key.pem run=${RUN_FOLDER:-/run/nginx} secure=""
fail() { echo "nginx: $*" >&2; exit 1; }

mkdir -p "$run"
if [ -f "$cert" ] || [ -f "$key" ]; then
    [ -f "$cert" ] || fail "$key is mounted, and $cert is not"
    [ -f "$key" ] || fail "$cert is mounted, and $key is not"
    secure=" secure"
    cat > "$run/sites.conf" <<CONF
server {
    listen 80 default_server;
    listen [::]:80 default_server;
    location = /health { include /etc/nginx/health.conf; }
    location / { return 308 https://\$host\$request_uri; }
}
server {
    listen 443 ssl default_server;
    listen [::]:443 ssl default_server;
    http2 on;
    ssl_certificate $cert;
    ssl_certificate_key $key;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:tls:10m;
    ssl_session_tickets off;
    add_header Strict-Transport-Security "max-age=31536000" always;
    include /etc/nginx/site.conf;
}
CONF
else
    cat > "$run/sites.conf" <<CONF
server {
    listen 80 default_server;
    listen [::]:80 default_server;
    include /etc/nginx/site.conf;
}
CONF
fi
name_server=$(sed -n 's/^nameserver[[:space:]]*//p' "${RESOLV_CONF:-/etc/resolv.conf}" | head -n 1)
[ -n "$name_server" ] || fail "/etc/resolv.conf names no name server, by which the web servers are found"
case "$name_server" in *:*) name_server="[$name_server]" ;; esac
echo "resolver $name_server valid=5s ipv6=off;" > "$run/resolver.conf"
echo "server ${WEB_HOST:-pdf-compare-ui}:8501 resolve max_fails=1 fail_timeout=5s;" > "$run/servers.conf"
echo "sticky cookie pdfc_route path=/ httponly samesite=lax$secure;" > "$run/sticky.conf"
nginx -t -q || fail "the configuration above is refused; with a certificate, see that it and its key belong together"
exec nginx -g 'daemon off;'
