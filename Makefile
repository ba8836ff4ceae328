# The commands of the house. The first one used creates .venv and installs exactly what requirements.lock names.
#   make demo    generate the bundled example through Dagster, check it, say where the files are
#   make gemini  the bundled example with Gemini, where there is a key: estimate, generate, prove, verify
#   make dev     the Dagster UI on http://127.0.0.1:3000 (HOST=, PORT= to change)
#   make test    the test suite (ARGS="-k name" to choose)
#   make check   ruff, formatting, mypy --strict, the import contracts
#   make bench   the benchmarks
#   make corpus  real DDL from ../shared before real servers, into docs/corpus.md (ARGS="--dialect postgres --only sakila" to narrow)
#   make lock    resolve pyproject.toml again into requirements.lock (needs the network)
#   make clean   remove what can be made again; never data/ or .dagster/

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo gemini dev test check bench corpus install lock clean

VENV := .venv
BIN := $(VENV)/bin
HOST ?= 127.0.0.1
PORT ?= 3000
ARGS ?=

# A user's own pip settings may choose where packages come from (mirrors, certificates, local wheels): the hashes judge
# what arrives. Settings that would change what is installed, or put it elsewhere, are dropped; 0 outranks a config file.
PIP := env -u PIP_TARGET -u PIP_PREFIX -u PIP_ROOT -u PIP_CONSTRAINT -u PIP_REQUIREMENT -u PIP_NO_BINARY -u PIP_UPGRADE \
	-u PIP_PRE -u PIP_EDITABLE -u PIP_DRY_RUN -u PIP_PYTHON -u PIP_BREAK_SYSTEM_PACKAGES -u PIP_REQUIRE_HASHES -u PIP_NO_BUILD_ISOLATION \
	-u PYTHONPATH -u PYTHONHOME PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 $(BIN)/python -m pip

# `make PYTHON=/path/to/python3.13` overrides the search.
PYTHON ?=
SUITABLE := import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))

help:
	@sed -n 's/^#   make/  make/p' Makefile

install: $(VENV)/.installed
	@:

$(BIN)/python:
	@for candidate in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  if "$$candidate" -c '$(SUITABLE)' >/dev/null 2>&1; then found="$$candidate"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "synth_assets needs Python 3.11 to 3.14 with the venv module; python3 here is: $$(python3 --version 2>&1)" >&2; \
	  echo "install one (Debian and Ubuntu: python3 and python3-venv), or name it: make PYTHON=/path/to/python3.12" >&2; \
	  exit 1; \
	fi; \
	echo "creating $(VENV) with $$("$$found" --version)"; \
	"$$found" -m venv --clear $(VENV)

$(VENV)/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing the $$(grep -c == requirements.lock) locked packages into $(VENV) (about a minute, once)"
	@$(PIP) install -qq --require-hashes --no-deps -r requirements.lock
	@$(PIP) install -qq --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "installed"

demo: install
	@$(BIN)/python -m synth_assets.orchestration.demo $(ARGS)

# Asks for money's worth: what it will take is said first, and the request's budget bounds it. Without a key it ends with LLM101.
gemini: install
	@$(BIN)/synth estimate examples/bookshop.sql --request examples/bookshop_gemini.yaml
	@$(BIN)/synth generate examples/bookshop.sql --request examples/bookshop_gemini.yaml --out data/bookshop_gemini
	@$(BIN)/synth prove data/bookshop_gemini --database sqlite://
	@$(BIN)/synth verify data/bookshop_gemini

# DAGSTER_HOME is unset so that ./dagster.yaml rules: it keeps everything under ./.dagster. A sensor tick that reloads
# the code location can take longer than Dagster's one minute on a busy machine.
dev: install
	@echo "Dagster UI: http://$(HOST):$(PORT)"
	@env -u DAGSTER_HOME DAGSTER_SENSOR_GRPC_TIMEOUT_SECONDS=300 PATH="$(CURDIR)/$(BIN):$$PATH" \
	  $(BIN)/dagster dev --workspace workspace.yaml --host $(HOST) --port $(PORT) $(ARGS)

test: install
	@$(BIN)/python -m pytest $(ARGS)

# All four run, whatever the first one says.
check: install
	@failed=""; \
	for step in "ruff check ." "ruff format --check ." "mypy" "lint-imports --no-logo"; do \
	  echo "== $$step"; $(BIN)/$$step || failed="$$failed [$$step]"; \
	done; \
	if [ -n "$$failed" ]; then echo "check failed:$$failed" >&2; exit 1; fi; \
	echo "check passed"

bench: install
	@$(BIN)/python -m benchmarks $(ARGS)

corpus: install
	@$(BIN)/python -m benchmarks.corpus $(ARGS)

# One version of a package for every Python and platform, hashes of every public file, no index named in the result.
lock: install
	@rm -f requirements.lock.new
	@$(BIN)/uv --no-config pip compile pyproject.toml --extra dev --universal --python-version 3.11 --fork-strategy fewest \
	  --generate-hashes --quiet --custom-compile-command "make lock" --output-file requirements.lock.new
	@mv requirements.lock.new requirements.lock
	@echo "requirements.lock: $$(grep -c == requirements.lock) packages"

clean:
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .tmp_dagster_home_*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
