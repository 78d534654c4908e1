#!/bin/bash
# Renew the lock files: lock.sh VENV/BIN. For Python 3.11 on Linux x86_64; no address of any index is written down.
set -euo pipefail
bin=$1
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"$bin/python" -m venv "$tools"
"$tools/bin/python" -m pip install -q --disable-pip-version-check --no-input 'pip<26' 'pip-tools>=7.5'
compile=("$tools/bin/pip-compile" --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url
    --no-emit-trusted-host --no-emit-find-links --no-emit-options --no-annotate --build-deps-for editable "$@")
compile=("${compile[@]:0:${#compile[@]}-1}")
"${compile[@]}" --output-file requirements.lock pyproject.toml
"${compile[@]}" --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
"${compile[@]}" --extra tracing --constraint requirements-dev.lock --output-file requirements-tracing.lock pyproject.toml
"${compile[@]}" --extra benchmark --constraint requirements-dev.lock --output-file requirements-benchmark.lock pyproject.toml
