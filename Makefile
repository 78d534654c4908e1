# PDF Compare. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
CORPUS ?= ../shared/corpus
SEED ?= 1
PAIRS ?= 200
ACCURACY ?= build/accuracy/pairs-$(SEED)-$(PAIRS)
UP_ARGS ?=
# Two at a time, a file in one of them: many tests wait for servers and browsers.
PYTEST_ARGS ?= -n 2 --dist loadfile
# What the tests use besides Python packages: a browser, other PDF tools as judges, the servers of the scaled stack.
TEST_PACKAGES := chromium qpdf poppler-utils pgbouncer redis-server nginx tesseract-ocr fonts-dejavu-core

# pip may look into the user's own settings for where packages come from; what they are is said by the hashes alone.
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check --no-input
# Other tools beside which speed is measured. PyMuPDF is one, in an environment of its own that nothing else sees.
BENCH_PACKAGES := git comparepdf
BENCH_ARGS ?= --page docs/performance.md
SOURCES := api benchmarks cli core db monitoring pdf_compare_client service tests ui worker

.PHONY: help run test check api-fuzz bench bench-drawings accuracy chaos corpus-report env certificates rolling-update stack-test backup-drill recovery-drill upgrade-drill docs dashboards promtool site site-serve lock clean venv dev

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 16

run: $(VENV)/.installed ## install what is needed and start PDF Compare on http://localhost:8501
	@packaging/need.sh tesseract-ocr || echo "Without Tesseract the words of scans are not recognised." >&2
	exec $(BIN)/pdf-compare up $(UP_ARGS)

test: dev check ## install what tests need, then lint, types, import contracts, the documentation, all tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)
	$(MAKE) site

check: $(VENV)/.installed-dev ## lint, types and import contracts only
	$(BIN)/ruff check --no-cache $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.installed-benchmark $(VENV)-yardstick/.installed ## CPU and memory of stages and whole comparisons beside other tools; renews docs/performance.md
	@packaging/need.sh $(TEST_PACKAGES) $(BENCH_PACKAGES)
	$(BIN)/python -m benchmarks.performance --corpus $(CORPUS) --yardstick $(VENV)-yardstick/bin/python $(BENCH_ARGS)

bench-drawings: dev ## what drawings cost, beside PyMuPDF (YARDSTICK=a Python that has it) and pdftoppm
	$(BIN)/python -m benchmarks.drawings --corpus $(CORPUS) $(if $(YARDSTICK),--yardstick $(YARDSTICK))

api-fuzz: dev ## many requests made up from the OpenAPI document, half an hour
	PDFC_FUZZ_EXAMPLES=200 $(BIN)/python -m pytest -n0 tests/integration/api/test_contract.py

chaos: dev ## break a whole installation on purpose, half an hour; one line for each promise
	$(BIN)/python -m tests.chaos

accuracy: $(VENV)/.installed-benchmark ## accuracy on 200 generated pairs beside other tools; renews docs/accuracy.md
	@packaging/need.sh poppler-utils tesseract-ocr || true
	$(BIN)/python -m benchmarks.accuracy make --out $(ACCURACY) --seed $(SEED) --pairs $(PAIRS)
	$(BIN)/python -m benchmarks.accuracy verify $(ACCURACY)
	$(BIN)/python -m benchmarks.accuracy score $(ACCURACY) --seed $(SEED) --peers --wrong \
	    --results build/accuracy/results.json --page docs/accuracy.md

corpus-report: $(VENV)/.installed ## compare every pair of $(CORPUS) and write build/corpus-report.{md,html}
	$(BIN)/python -m benchmarks.corpus_report --corpus $(CORPUS) --out build

env: ## write a .env for the scaled stack, with strong random secrets
	packaging/env.sh .env.scaled .env

certificates: ## write certificates for TLS between the application, PgBouncer and PostgreSQL
	packaging/certificates.sh tls

rolling-update: ## build the image, and bring it into use in the running stack without a failed request
	$$(command -v docker-compose || echo docker compose) -f docker-compose-scaled.yml build pdf-compare-ui
	packaging/rolling-update.sh

stack-test: dev ## the scaled stack in real containers, broken on purpose; half an hour
	$(BIN)/python -m tests.stack

backup-drill: dev ## back up 1,000 documents, restore them elsewhere, and compare
	$(BIN)/python -m benchmarks.backup_drill

recovery-drill: dev ## lose rows on purpose, and bring the database back to the moment before
	$(BIN)/python -m benchmarks.recovery_drill

upgrade-drill: dev ## an earlier commit (COMMIT=…) on the schema of this tree, and this tree on its schema
	$(BIN)/python -m benchmarks.upgrade_drill --commit $(COMMIT)

docs: $(VENV)/.installed-dev ## renew the tables of docs/ that repeat the code/
	$(BIN)/python -m tests.architecture.tables

dashboards: $(VENV)/.installed-dev ## renew what Grafana is provisioned with
	$(BIN)/python -m monitoring.boards

promtool: $(BIN)/python ## get what tests the alerts
	packaging/promtool.sh $(BIN)

site: $(VENV)/.installed-docs ## build the documentation into build/site; a warning is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

site-serve: $(VENV)/.installed-docs ## look at the documentation at http://127.0.0.1:8000
	$(BIN)/mkdocs serve

lock: $(VENV)/.installed-dev ## renew the requirements*.lock from pyproject.toml and packaging/s3-endpoint.in
	packaging/lock.sh $(BIN)

clean: ## remove what was built; data stays
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache $(VENV) $(VENV)-yardstick

venv: $(BIN)/python

dev: $(VENV)/.installed-dev $(VENV)/s3/.installed
	@packaging/need.sh $(TEST_PACKAGES)

$(BIN)/python:
	@[ -n "$(PYTHON)" ] || packaging/need.sh python3
	@$(or $(PYTHON),python3) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "PDF Compare needs Python 3.11 or later: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(or $(PYTHON),python3) -c 'import ensurepip, venv' 2>/dev/null || packaging/need.sh python3-venv
	$(or $(PYTHON),python3) -m venv $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements-dev.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-docs: requirements-docs.lock $(VENV)/.installed-dev
	$(PIP) --require-hashes -r requirements-docs.lock
	@touch $@

# A real S3 endpoint for tests.
$(VENV)/s3/.installed: requirements-s3.lock | $(BIN)/python
	@[ -x $(VENV)/s3/bin/python ] || $(BIN)/python -m venv $(VENV)/s3
	$(VENV)/s3/bin/python -m pip install -q --disable-pip-version-check --no-input --require-hashes -r requirements-s3.lock
	@touch $@

$(VENV)-yardstick/.installed: requirements-yardstick.lock | $(BIN)/python
	$(BIN)/python -m venv $(VENV)-yardstick
	$(VENV)-yardstick/bin/python -m pip install -q --disable-pip-version-check --no-input --no-deps --require-hashes -r $<
	@touch $@

$(VENV)/.installed-benchmark: requirements-benchmark.lock $(VENV)/.installed-dev
	$(PIP) --require-hashes -r requirements-benchmark.lock
	@touch $@
