# One command per chore. Needs make and Python 3.11+; everything else is brought along. `make help` lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export REFLEX_TELEMETRY_ENABLED ?= false
export PYTHON

# Recipes find Python when they run, so that `make help` works without one.
SETUP = python=$$(scripts/find-python $@) && "$$python" scripts/setup.py

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## make .venv with everything that development needs (hash-locked)
	@$(SETUP) --dev

.PHONY: run
run: ## start Leadline; with nothing configured, the demo (Ctrl-C stops it)
	@$(SETUP) && exec leadline run

.PHONY: check
check: setup ## the fast part of the tests: format, lint, types, import rules
	@ruff format --check --quiet . || { echo "check: run 'ruff format .'" >&2; exit 1; }
	@ruff check --quiet .
	@basedpyright --warnings
	@lint-imports --no-logo

.PHONY: test
test: setup ## everything: check, front end, all tests with coverage (T=path for some of them)
	@scripts/test-tools
	@$(MAKE) check
	@leadline page
	@$(if $(T),pytest $(T),scripts/test-all)

.PHONY: bench
bench: setup ## measure: webhook, board, flow (some minutes; prints the figures)
	@leadline bench all

.PHONY: bench-chaos
bench-chaos: setup ## measure with a language model that is slow and fails (about nine minutes)
	@python -m tests.bench.chaos

.PHONY: evaluate
evaluate: setup ## score the rules on the shipped, invented conversations; with GROQ_API_KEY the model too (costs money)
	@leadline evaluate
	@if [ -n "$$GROQ_API_KEY" ]; then leadline evaluate --method llm; \
	else echo "Without GROQ_API_KEY no language model was scored."; fi

.PHONY: migrate
migrate: ## bring the database of DATABASE_URL (or of the running demo) to the newest schema
	@$(SETUP) && exec leadline migrate
