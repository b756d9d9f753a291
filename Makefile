# 签署服务 / Signing Service. Needs make and Python 3.11 or newer; all else goes into .venv, locked and hashed.
# Say what a test run is to select:  make test ARGS="-k seal"

.POSIX:
.DEFAULT_GOAL := help
PY := .venv/bin/python
SERVICE := .venv/bin/signing-service
WORKERS := 2
ARGS :=

.PHONY: help run demo test bench lint templates tables lock clean runtime dev

help: ## say what can be made here
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: runtime ## start the whole service on this machine (SQLite, files, development keys)
	@$(SERVICE) run $(ARGS)

demo: runtime ## walk one licence from application to validation and print where to look
	@$(SERVICE) demo $(ARGS)

test: dev ## run every test (on Debian as root, also install the programs the tests start)
	@sh tools/system_packages.sh
	@$(SERVICE) fonts
	@sh tools/test.sh -n $(WORKERS) $(ARGS)

bench: dev ## measure everything against its limit and its peers (ARGS="--licences 10000": the largest batch; --help says more)
	@$(SERVICE) fonts
	@$(PY) -m tests.benchmarks $(ARGS)

lint: dev ## layout, habits, types and the direction of imports
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo

templates: runtime ## draw every document template with its sample data
	@$(SERVICE) templates preview --once $(ARGS)

tables: dev ## write what is written from the code: tables of procedures and templates, .env.example
	@$(PY) tools/procedures_table.py --write
	@$(PY) tools/templates_table.py --write
	@$(PY) tools/env_example.py --write

lock: ## compute requirements.txt and requirements-dev.txt anew (ARGS=--upgrade: newest versions)
	@sh tools/lock.sh $(ARGS)

clean: ## remove .venv, var (documents and development keys too) and every cache
	@rm -rf .venv var build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime: ## set up .venv to run the service (done by run and demo)
	@sh tools/setup.sh runtime

dev: ## set up .venv to test and lint (done by test and lint)
	@sh tools/setup.sh dev
