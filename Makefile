# Two commands: `make run` serves, `make test` proves. Everything is installed beside the sources (.venv,
# pwa/node_modules) from the lock files, and only when a lock file is newer than what is installed.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory
.PHONY: run test days faults check types unit bench storm storm-long build lock tools clean help

PY  := .venv/bin/python
BIN := pwa/node_modules/.bin

PWA_SOURCES := $(shell find pwa/src pwa/public pwa/portal sync -type f \
	\( -name '*.ts' -o -name '*.vue' -o -name '*.css' -o -name '*.json' -o -name '*.svg' -o -name '*.png' -o -name '*.wasm' \) 2>/dev/null) \
	pwa/index.html pwa/vite.config.ts pwa/vite.shared.ts pwa/tsconfig.base.json pwa/tsconfig.app.json

help:
	@echo 'make run    serve on 127.0.0.1:8000 (SUIJIAN_PORT, SUIJIAN_DATA; SUIJIAN_DEMO=0 for an empty start)'
	@echo 'make test   every check and every test, browser and PostgreSQL included'
	@echo 'make days   the situations of a day on site, each in a browser'
	@echo 'make faults the full counts: processes killed, disks full, older backups, power cuts, the twins, 1,000 storms'
	@echo 'make check  linters, formatters and types only'
	@echo 'make bench  measurements: a table and .bench/results.json'
	@echo 'make storm  sync under every fault, from one seed: SEED=7 N=100; storm-long runs 20,000 schedules'
	@echo 'make build  the tablet app and the public verifier into pwa/dist'
	@echo 'make lock   make the lock files anew'

run: export SUIJIAN_DEMO ?= 1
run: .venv/.runtime pwa/dist/.built
	@exec .venv/bin/suijian serve

build: pwa/dist/.built

# pytest comes last, so that its closing line is the last line. A file stays in one process, and files keep their
# order: what is fast comes first.
WORKERS ?= 2
BESIDE  := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# The checks and the tablet's own tests need one core each and nothing of each other: side by side they are quicker.
test: .venv/.dev pwa/node_modules/.installed tools pwa/dist/.built
	@$(MAKE) check & checks=$$!; failed=0; $(MAKE) unit || failed=$$?; wait $$checks; exit $$failed
	@$(PY) -m pytest $(BESIDE)

days: .venv/.dev pwa/node_modules/.installed tools pwa/dist/.built
	@$(PY) -m pytest -m day $(BESIDE)

faults: .venv/.dev pwa/node_modules/.installed tools pwa/dist/.built
	@$(PY) -m pytest -m slow $(BESIDE)

check: .venv/.dev pwa/node_modules/.installed
	@.venv/bin/ruff check backend sync tests
	@.venv/bin/ruff format --check backend sync tests
	@.venv/bin/mypy
	@$(MAKE) types
	@$(BIN)/eslint --config pwa/eslint.config.js --max-warnings 0 --no-error-on-unmatched-pattern pwa sync tests
	@$(BIN)/prettier --config pwa/.prettierrc.json --ignore-path pwa/.prettierignore --log-level warn --check \
	  --no-error-on-unmatched-pattern 'pwa/**/*.{ts,vue,js,mjs,css,html}' 'sync/**/*.ts' 'tests/**/*.ts'

types: pwa/node_modules/.installed
	@for part in app sw tests node; do $(BIN)/vue-tsc --noEmit -p pwa/tsconfig.$$part.json; done

unit: pwa/node_modules/.installed
	@cd pwa && node_modules/.bin/vitest run

bench: .venv/.dev pwa/dist/.built
	@$(PY) -m tests.bench

storm: .venv/.dev
	@$(PY) -m tests.storm $(or $(SEED),1) $(or $(N),1)

storm-long: .venv/.dev
	@$(PY) -m tests.storm $(or $(SEED),1) $(or $(N),20000)

tools: .venv/.dev
	@.ci/tools

lock: .venv/.dev pwa/node_modules/.installed
	@.ci/lock

clean:
	rm -rf .venv pwa/node_modules pwa/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# The locks name every package that is needed. Resolving again (no --no-deps) would look at releases made since, and
# break on the first package whose extra another one asks for, since a newer release has no hash here.
.venv/.base: requirements-build.lock .ci/venv
	@.ci/venv
	@$(PY) -m pip install -q --no-deps --require-hashes -r requirements-build.lock
	@touch $@

# The dev lock holds the runtime lock's versions and more, so either may come first.
.venv/.runtime: .venv/.base requirements.lock pyproject.toml
	@echo 'Installing Python packages …'
	@$(PY) -m pip install -q --no-deps --require-hashes --no-build-isolation -r requirements.lock
	@$(PY) -m pip install -q --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.runtime requirements-dev.lock
	@$(PY) -m pip install -q --no-deps --require-hashes --no-build-isolation -r requirements-dev.lock
	@touch $@

pwa/node_modules/.installed: pwa/package.json pwa/package-lock.json pwa/.npmrc
	@echo 'Installing JavaScript packages …'
	@cd pwa && npm ci --no-progress --loglevel=error
	@touch $@

pwa/dist/.built: pwa/node_modules/.installed $(PWA_SOURCES)
	@echo 'Building the tablet app …'
	@cd pwa && npm run --silent build
	@touch $@
