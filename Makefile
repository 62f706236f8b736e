# Everything is done through these targets; `make help` lists them. They keep to .venv/ in this folder.
# PYTHON=python3.12 chooses another interpreter; ARGS="..." is handed to the command that runs.

PYTHON ?= python3
ARGS ?=

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test check bench lock clean FORCE

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

demo: .venv/.runtime ## open the dashboard on the made-up sample data
	@trap : INT; $(BIN)/trd-outcomes demo $(ARGS); code=$$?; [ $$code -eq 130 ] || exit $$code

# Three at a time: of those in a browser most of the time is waiting.
test: .venv/.dev ## run every test
	@$(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

check: .venv/.dev ## format, lint, types and the rules on imports; changes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.dev ## time the engine and the dashboard; wants a quiet machine
	@$(BIN)/python -m pytest tests/benchmark -m "" -s --timeout 1800 $(ARGS)

UV_COMPILE = $(BIN)/uv --no-config pip compile pyproject.toml --group build --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet

lock: .venv/.dev ## pin the newest allowed versions again
	@echo "Resolving requirements.lock and requirements-dev.lock ..."
	@$(UV_COMPILE) --upgrade --output-file requirements.lock
	@$(UV_COMPILE) --upgrade --group dev --extra spark --constraint requirements.lock --output-file requirements-dev.lock

clean: ## remove everything these targets made, .venv included
	@rm -rf .venv .demo-store .bench build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. `.venv/.made` holds the folder it was made for. It is made anew when Python is gone, when
# the folder was moved (scripts inside carry its path), or when an install was cut short (`.installing` is left).
made_for := $(shell [ -x $(BIN)/python ] && [ ! -e .venv/.installing ] && cat .venv/.made 2>/dev/null)

ifneq ($(made_for),$(CURDIR))
.venv/.made: FORCE
endif

.venv/.made:
	@if [ -e .venv/.installing ] && kill -0 "$$(cat .venv/.installing)" 2>/dev/null; then \
		echo "Another make is filling .venv: wait for it, then try again." >&2; exit 1; fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "trd-outcomes needs Python 3.11 or newer: run make with PYTHON=/path/to/python3.11." >&2; exit 1; }
	@echo "Making .venv with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv --clear .venv
	@pwd -P > $@

# Ends without `.installing` only when every step has worked. $(1): the lock file to install. What comes
# as source only (pyspark) is built with the setuptools of the lock file, which therefore comes first.
define install
	@echo "Installing the pinned packages of $(1) into .venv (a minute or two the first time) ..."
	@echo $$$$ > .venv/.installing; \
		awk '/^setuptools==/ { on = 1 } on { print } on && !/\\$$/ { exit }' $(1) > .venv/.build && \
		$(PIP) install --require-hashes -r .venv/.build && \
		$(PIP) install --require-hashes --no-build-isolation -r $(1) && \
		$(PIP) install --no-deps --no-build-isolation --editable . && \
		rm .venv/.installing
	@touch $@
endef

.venv/.runtime: requirements.lock pyproject.toml .venv/.made
	$(call install,requirements.lock)

.venv/.dev: requirements-dev.lock pyproject.toml .venv/.made
	$(call install,requirements-dev.lock)
