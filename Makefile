# make demo    a small app against a simulated Claude: traced, reported and linted (needs only python3)
# make test    the tests
# make lint    ruff, mypy and our own linter, on ourselves
# make bench   the benchmarks behind the figures in docs/
# make screenshots the pictures in docs/screenshots, in a real browser
# make mutants the tests against bugs planted on purpose

PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test lint format docs screenshots bench mutants clean

help:
	@sed -n 's/^# //p' $(MAKEFILE_LIST)

demo: .venv/.user
	$(BIN)/otel-claude demo

test: .venv/.dev
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/otel-claude lint

format: .venv/.dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: .venv/.dev
	$(BIN)/python docs/generate.py

screenshots: .venv/.dev
	$(BIN)/python docs/screenshots.py

bench: .venv/.dev
	$(BIN)/python -m benchmarks

mutants: .venv/.dev
	$(BIN)/python -m benchmarks.mutants

clean:
	rm -rf .venv .envs dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/.pip:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@touch $@

.venv/.user: .venv/.pip pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[all,instruments]'
	@touch $@

.venv/.dev: .venv/.pip pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[all,instruments]' --group dev
	@touch $@
