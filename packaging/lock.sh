#!/bin/bash
# Renew the lock files: lock.sh VENV/BIN. For Python 3.11 on Linux x86_64; no address of any index is written down.
set -euo pipefail
bin=$1
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"$bin/python" -m venv "$tools"
"$tools/bin/python" -m pip install -q --disable-pip-version-check --no-input 'pip<26' 'pip-tools>=7.5'
compile=("$tools/bin/pip-compile" --quiet --generate-hashes --allow-unsafe --strip-extras --no-header --no-emit-index-url
    --no-emit-trusted-host --no-emit-find-links --no-emit-options --no-annotate "$@")
compile=("${compile[@]:0:${#compile[@]}-1}")
"${compile[@]}" --build-deps-for editable --output-file requirements.lock pyproject.toml
"${compile[@]}" --build-deps-for editable --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
"${compile[@]}" --build-deps-for editable --extra tracing --constraint requirements-dev.lock --output-file requirements-tracing.lock pyproject.toml
"${compile[@]}" --build-deps-for editable --extra benchmark --constraint requirements-dev.lock --output-file requirements-benchmark.lock pyproject.toml
"${compile[@]}" --build-deps-for editable --extra docs --constraint requirements-dev.lock --output-file requirements-docs.lock pyproject.toml
"${compile[@]}" --output-file requirements-s3.lock packaging/s3-endpoint.in
