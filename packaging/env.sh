#!/bin/sh
# env.sh TEMPLATE FILE: a copy with strong random secrets in place of the example's, and the language model on the GPU
# where Docker has an NVIDIA runtime. Keeps a file that is there.
set -eu
template=$1 file=$2
if [ -e "$file" ]; then
    echo "$file is there already; it was not changed." >&2
    exit 1
fi
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
profile=$(sed -n 's/^COMPOSE_PROFILES=//p' "$template")
if command -v docker >/dev/null && docker info --format '{{range $name, $_ := .Runtimes}}{{$name}} {{end}}' 2>/dev/null | grep -qw nvidia; then
    profile=gpu
fi
cores=$(nproc)
umask 077
while IFS= read -r line; do
    case "$line" in
        COMPOSE_PROFILES=*) echo "COMPOSE_PROFILES=$profile" ;;
        CPU_LIMIT=*) [ "$cores" -ge 2 ] && echo "$line" || echo "CPU_LIMIT=$cores" ;;
        *=change-me) echo "${line%%=*}=$(random)" ;;
        *) printf '%s\n' "$line" ;;
    esac
done < "$template" > "$file"
echo "$file is written. Keep it: the database and the sessions depend on what is in it."
