PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast test-long coverage lint docs bench lock train clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## make .venv with callsieve in it

$(STAMP): requirements/all.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	@echo "installing what requirements/all.txt pins; the first time this takes a minute or two"
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/all.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $(STAMP)

demo: $(STAMP) ## the main job on an embedded Kafka and ClickHouse, with simulated calls
	$(BIN)/callsieve demo

test: $(STAMP) lint ## lint, types, and every test
	$(BIN)/python -m pytest -n 2 -m "not slow and not long"
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "slow and not long"

test-fast: $(STAMP) ## the tests that need no server
	$(BIN)/python -m pytest -n 2 -m "not slow and not long" -x

test-long: $(STAMP) ## outages, floods and faults on real servers, minutes each
	$(BIN)/python -m pytest -m long

coverage: $(STAMP) ## which lines the tests reach; pages in htmlcov/
	$(BIN)/coverage erase
	$(BIN)/python -m pytest -n 2 -m "not slow and not long" --cov --cov-report=
	$(BIN)/python -m pytest -m "slow and not long" --cov --cov-append --cov-report=term --cov-report=html

lint: $(STAMP) ## ruff, mypy strict and the layer contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(STAMP) ## the site, in build/site; to search it, serve it: python3 -m http.server -d build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(STAMP) ## measure everything, an hour of a quiet machine, into docs/results
	$(BIN)/callsieve bench run --all --out docs/results
	$(BIN)/callsieve bench dtmf --out docs/results
	$(BIN)/callsieve bench tones --out docs/results
	$(BIN)/callsieve bench replay --out docs/results
	$(BIN)/python -m bench.replay_growth --calls 1000,10000,100000

train: $(STAMP) ## train the shipped model again, from build/dataset (callsieve dataset build)
	$(BIN)/callsieve train --out models/artifacts/call_type

lock: $(STAMP) ## pin every dependency again, with hashes and without addresses
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --all-extras pyproject.toml -o requirements/all.txt

clean: ## remove .venv and caches
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis htmlcov .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
