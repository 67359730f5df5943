# `make help` lists what there is. Everything runs in .venv, made from the lock files at first use.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
BIN := .venv/bin
export PYTHON

.PHONY: help install demo test check bench oracle serve lock format clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /\1\t/' | expand -t 10

install: ## .venv with Penstock in it, from the lock file
	@tools/venv runtime

demo: install ## the whole pipeline over a day of sample logs; ONCE=1 does not stay for the console
	@$(BIN)/python -m penstock.cli.demo $(if $(ONCE),--once)

test: ## the whole suite; FAST=1 leaves the slow tests out; ARGS="-k word" goes to pytest
	@tools/venv dev
	@tests/needs.sh
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile $(if $(FAST),-m "not slow") $(ARGS)

check: ## lint, format, types, import layers, documentation; under a minute
	@tools/venv dev
	@tools/check

bench: ## side by side with rsyslog, syslog-ng and tuned Python
	@tools/venv dev
	@$(BIN)/python bench/run.py $(ARGS)

oracle: ## Sigma beside a slow evaluator: generated pairs; RULES=folder EVENTS=file.ndjson.gz takes real ones
	@tools/venv dev
	@PYTHONPATH=tests $(BIN)/python -m oracle.pairs --pairs 200000
	@test -z "$(EVENTS)" || PYTHONPATH=tests $(BIN)/python -m oracle.windows $(RULES) $(EVENTS)

serve: install ## the service with ./penstock.yaml
	@$(BIN)/penstock run $(ARGS)

lock: ## requirements*.lock anew from pyproject.toml
	@tools/lock

format: ## put all code in form
	@tools/venv dev
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix-only -q .

clean: ## everything that make and the tools made, compiled kernels too
	@rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache bench/out
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@rm -rf "$${XDG_CACHE_HOME:-$${HOME:-/nonexistent}/.cache}"/penstock/kernels-*
