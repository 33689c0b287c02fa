# Everything a newcomer needs: `make demo`, `make test`. `make help` lists the rest.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help venv demo test fast bench fuzz lock clean

VENV := .venv
PYTHON ?=
BIN := $(VENV)/bin
BUILD := $(BIN)/python build.py
WORKERS ?= 2
export PYTHON
# The tools are configured in setup.cfg and pyproject.toml, whatever the caller has set for other projects.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE PYTEST_ADDOPTS MYPYPATH

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

venv:  ## set up .venv from the lock (resumes what was interrupted; PYTHON=... names an interpreter)
	@requirements/venv.sh $(VENV) requirements/lock.txt
	@$(BIN)/python -m compileall -q stacks policies stratopause

demo: venv  ## render, lint and deploy the platform to a CloudFormation on this machine, then stop it
	@trap '$(BUILD) emulator stop' EXIT; trap 'exit 130' INT; trap 'exit 143' TERM; \
	$(BUILD) render local && $(BUILD) lint local && $(BUILD) deploy local --yes

test: venv  ## every check and every test, with coverage
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BUILD) render --check
	$(BUILD) lint
	rm -f .coverage .coverage.*
	$(BIN)/pytest --numprocesses $(WORKERS) --cov --cov-fail-under=95 --ignore=tests/mutations
	@# Apart, since measuring coverage takes four times as long as lint does, a thousand times over.
	$(BIN)/pytest --numprocesses $(WORKERS) tests/mutations

fast: venv  ## the checks and tests that take seconds
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -m "not emulator" --numprocesses $(WORKERS) --ignore=tests/mutations

bench: venv  ## measure start-up, rendering, linting and deploying as ratios to a bare interpreter and to peers
	@requirements/venv.sh benchmarks/.venv-lint requirements/peers-lint.txt
	@# Its lock pins extras, which pip up to 23.2 doesn't take together with hashes.
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python benchmarks/.venv-deploy
	@$(BIN)/uv pip sync --quiet --require-hashes --python benchmarks/.venv-deploy/bin/python requirements/peers-deploy.txt
	$(BIN)/python -m benchmarks.run

fuzz: venv  ## the property tests with many more examples, and a fault at every call of a deployment
	$(BIN)/pytest -m "not emulator" --numprocesses $(WORKERS) --hypothesis-profile=fuzz
	$(BIN)/pytest -m emulator tests/stratopause/deployer/faults --numprocesses $(WORKERS) --hypothesis-profile=fuzz

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"

lock: venv  ## resolve the dependencies again, within what setup.cfg allows
	$(LOCK) setup.cfg --all-extras example-service/requirements.in --upgrade --output-file requirements/lock.txt
	$(LOCK) example-service/requirements.in --constraint requirements/lock.txt --output-file example-service/requirements.txt
	$(LOCK) requirements/peers-deploy.in --upgrade --output-file requirements/peers-deploy.txt
	$(LOCK) requirements/peers-lint.in --constraint requirements/lock.txt --output-file requirements/peers-lint.txt

clean:  ## remove what the tools and .venv have left; outputs and records stay
	rm -rf $(VENV) .cache .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	rm -rf benchmarks/.venv-* benchmarks/.work templates_out/local build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
