# Everything runs from .venv, which `make install` builds from uv.lock.
# A machine needs Python 3.11 or newer with pip, and make; uv itself is installed into .venv.

SHELL := /bin/bash
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Processes that run the tests; auto is one for each core.
WORKERS ?= auto
export WORKERS PYTHON

BIN := .venv/bin
INSTALLED := .venv/.installed
EXAMPLE := examples/severe-ild-mda5.bundle.json

.PHONY: help install run serve test check guideline screenshots lint format lock wheel bench clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(INSTALLED) ## Build .venv from uv.lock, with this package editable
	@:

$(INSTALLED): pyproject.toml uv.lock tools/install.sh tools/uv-requirements.txt
	@bash tools/install.sh
	@touch $@

run: install ## Recommend for an example patient
	@$(BIN)/myopathway recommend $(EXAMPLE) --brief
	@echo
	@echo "Everything behind it: $(BIN)/myopathway recommend $(EXAMPLE)"
	@echo "Your own patient, as a FHIR R4 bundle: $(BIN)/myopathway recommend your-patient.json"
	@echo "The page for clinicians: make serve, then open http://127.0.0.1:8000/"

serve: install ## The page for clinicians and the interfaces, at http://127.0.0.1:8000/
	@$(BIN)/myopathway serve

test: install ## Static checks, then the tests that need only Python
	@bash tools/test.sh

check: install ## Every proof, and the tests that need a browser, node, PostgreSQL, Spark
	@bash tools/check.sh

guideline: install ## Load the guideline content and rewrite the files generated from it
	@$(BIN)/python -m myopathway.guideline.generate

screenshots: install ## The pictures of docs/images, taken in Chromium
	@bash tools/install.sh all
	@bash tools/debian-setup.sh
	@$(BIN)/python tools/screenshots.py

lint: install ## Static checks: ruff, mypy, import-linter, the lock
	@bash tools/lint.sh

format: install ## Format the code and apply ruff's safe fixes
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

lock: install ## Resolve the dependencies anew; ARGS=--upgrade takes newer versions
	@bash tools/lock.sh $(ARGS)

wheel: install ## The wheel compiled for this machine's Python, in dist; needs a C compiler
	@bash tools/install.sh wheel
	@bash tools/wheel.sh dist

bench: install ## Run the benchmarks
	@$(BIN)/python -m bench

clean: ## Remove .venv, caches and everything built
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf dist build htmlcov .coverage .coverage.* coverage.xml bench/out
	find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
