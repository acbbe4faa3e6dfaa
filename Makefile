# Everything a developer does. `make` alone lists it.
# A name after `make` is a target; the line after `##` says what it does.

PYTHON ?= .venv/bin/python
BIN := $(dir $(PYTHON))
SECONDS ?= 300
LEFT_OUT := --ignore=tests/browser --ignore=tests/interop --ignore=tests/e2e

.DEFAULT_GOAL := help
.PHONY: help install hooks check format test test-fast test-slow coverage mutate regenerate ci

help:  ## List the targets.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

install:  ## Make .venv, with the locked packages and this project in it.
	python3 -m venv .venv
	$(BIN)pip install -q --require-hashes -r .ci/locks/ci.txt
	$(BIN)pip install -q --require-hashes -r .ci/locks/build.txt
	$(BIN)pip install -q --no-deps --no-build-isolation -e .

hooks:  ## Run `make format` and `ruff` before each commit (needs pre-commit).
	pre-commit install

check:  ## Check style, types and imports.
	$(BIN)ruff check .
	$(BIN)ruff format --check .
	$(BIN)pyright
	$(BIN)lint-imports

format:  ## Put the code into its standard form.
	$(BIN)ruff check --fix-only .
	$(BIN)ruff format .

test:  ## Run the full suite, on all processors.
	$(BIN)pytest -q -n auto

test-fast:  ## Run the tests that are not slow, while you work.
	$(BIN)pytest -q -n auto -m "not slow" --hypothesis-profile fast $(LEFT_OUT)

test-slow:  ## Run what `test-fast` leaves out.
	$(BIN)pytest -q -n auto -m slow

coverage:  ## Run the full suite and measure which lines it reaches; fail below the floor.
	$(BIN)coverage erase
	$(BIN)coverage run -m pytest -q -n auto
	$(BIN)coverage combine -q
	$(BIN)coverage report

mutate:  ## Change the schemes and the request path for five minutes; count what the tests notice.
	$(PYTHON) -m bench.mutation --seconds $(SECONDS)

regenerate:  ## Write again all files that are made from the code.
	$(PYTHON) -m emulator.fidelity > docs/fidelity.md
	$(BIN)emulator scenario schema > scenarios/scenario.schema.json
	$(PYTHON) -m emulator.scenario.listing
	$(PYTHON) -m emulator.client.core.reference exports > emulator/client/__init__.pyi
	$(PYTHON) -m emulator.client.core.reference > docs/client.md
	$(PYTHON) tests/acme/walkthrough.py

ci:  ## Run all that CI runs, on a bare Debian machine.
	.ci/run
