# The verbs of this project. Each works on a fresh clone with only Python >= 3.11 (with venv) and make.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
UV := $(VENV)/bin/uv
RUN := $(VENV)/bin
LOCKED := pyproject.toml uv.lock

help: ## Show these verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

demo: $(VENV)/.app ## Export, edit and import the example experiments, end to end, and show a table
	$(RUN)/python scripts/demo.py

up: $(VENV)/.app ## Serve everything on http://127.0.0.1:8080 (or PORT) until Ctrl-C
	$(RUN)/python manage.py up

test: servers ## Run the test suite (unit, contract, integration, e2e, fault smoke)
	$(RUN)/pytest -n 2 --dist loadgroup -m "not ray and not docker and not soak and not fuzz" $(ARGS)

test-pages: servers ## Run the pages in a real browser
	$(RUN)/pytest $(ARGS) tests/pages

test-ray: servers ## Run the tests that host experiments on a local Ray
	$(RUN)/pytest -m ray $(ARGS) tests/integration/services/benchmarks  # a process can join one Ray only
	$(RUN)/pytest -m ray $(ARGS) --ignore tests/integration/services/benchmarks tests/integration tests/e2e

test-replicas: servers ## Run the end-to-end suite against three replicas of each service
	$(RUN)/pytest --replicas 3 -m "not ray and not docker and not soak and not fuzz" $(ARGS) tests/e2e

test-docker: $(VENV)/.dev ## Run the tests that build and run containers
	$(RUN)/pytest -m docker --timeout 1800 $(ARGS) tests/docker

soak: servers ## Run the long fault tests
	$(RUN)/pytest -m soak --timeout 3600 $(ARGS)

fuzz: $(VENV)/.dev ## Search for inputs that break archives, messages, types and dumps
	$(UV) sync --quiet --frozen --inexact --all-extras --all-groups
	HYPOTHESIS_PROFILE=fuzz $(RUN)/pytest -n 2 --timeout 3600 tests/unit/libs/common tests/unit/services/exporter $(ARGS)
	$(RUN)/python -m tests.security.fuzzing --seconds 600

lint: $(VENV)/.dev ## Check style and architecture
	$(RUN)/ruff check
	$(RUN)/ruff format --check
	$(RUN)/lint-imports

types: $(VENV)/.dev ## Check types, strictly
	$(RUN)/mypy libs services tests scripts bench manage.py

docs: $(VENV)/.dev ## Write OpenAPI, AsyncAPI and the reference into docs/
	$(RUN)/python -m scripts.docs

bench: servers ## Measure on this machine, and report against the goals
	$(UV) sync --quiet --frozen --inexact --compile-bytecode --all-extras --all-groups --no-group fuzz
	$(RUN)/python -m bench $(ARGS)

audit: $(UV) ## Ask for known holes in what the lock pins
	$(UV) export --quiet --frozen --all-extras --no-hashes | grep -v '^-e' > $(VENV)/audit.txt
	$(UV) tool run pip-audit --strict --requirement $(VENV)/audit.txt --no-deps --disable-pip

secrets: $(VENV)/.dev ## Look for secrets in what is tracked
	git ls-files -z | grep -zvE '^(uv\.lock|docs/(openapi|asyncapi)\.json|.*\.svg|tests/corpus/regressions/)' \
	  | xargs -0 $(RUN)/detect-secrets-hook --baseline .secrets.baseline

servers: $(VENV)/.dev ## Install what the tests start (RabbitMQ, MongoDB, MariaDB, S3, Chromium, Prometheus)
	$(RUN)/python -m tests.servers

clean: ## Remove the environment, caches and local state
	rm -rf $(VENV) .cache .entrepot .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Python 3.11 or newer is needed: make PYTHON=python3.12 …'; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo 'Python has no venv; on Debian and Ubuntu: apt-get install python3-venv'; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(VENV)/.app: $(UV) $(LOCKED)
	$(UV) sync --quiet --frozen --inexact --compile-bytecode --all-extras --no-default-groups --group examples --group client
	@touch $@

$(VENV)/.dev: $(UV) $(LOCKED)
	$(UV) sync --quiet --frozen --inexact --all-extras --all-groups --no-group fuzz
	@touch $@ $(VENV)/.app

.PHONY: help demo up test test-pages test-ray test-replicas test-docker soak fuzz lint types docs bench audit secrets servers clean
