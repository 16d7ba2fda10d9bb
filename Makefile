# Every command sets up .venv by itself, from the lock file, the first time and whenever the lock changes.
# On Windows, or with conda, no make is needed: see README.md.

VENV  := .venv
BIN   := $(VENV)/bin
READY := $(VENV)/.ready
# make test ARGS="tests/scoring -k bands" runs a part
ARGS  :=

.PHONY: help setup demo test audit validate bench lab lint lock clean pictures
.DEFAULT_GOAL := help

help:
	@echo "make demo    the demonstration city and every report on it, under outputs/demo"
	@echo "make test    all tests that this machine can run"
	@echo "make audit   every number of every report that make demo left, and a thousand tamperings of every kind (about half an hour)"
	@echo "make validate  how sure each finding is, over 200 simulated cities (about half an hour on two free cores)"
	@echo "make bench   how fast reports are made, against other ways (about a quarter of an hour)"
	@echo "make lab     JupyterLab at the evaluator's desk, on the demonstration city"
	@echo "make lint    style, and which part may import which"
	@echo "make lock    take newer versions into requirements.lock"
	@echo "make clean   remove what was set up; reports under outputs stay"

demo: $(READY)
	@$(BIN)/perfanalysis demo

test: $(READY)
	@$(BIN)/python -m pytest -n auto $(ARGS)

audit: $(READY)
	@test -f outputs/demo/departments/run.json || { echo "There are no reports under outputs/demo; run make demo first." >&2; exit 1; }
	@PERFANALYSIS_RUNS=outputs/demo PERFANALYSIS_DEMO=$(CURDIR)/outputs/demo/dataset PERFANALYSIS_TRIALS=1000 $(BIN)/python -m pytest -n auto tests/audit $(ARGS)

# the reports show this table: make it anew whenever a detector was added or changed
validate: $(READY)
	@$(BIN)/perfanalysis validate --to perfanalysis/rules/validation.csv $(ARGS)

bench: $(READY)
	@$(BIN)/python bench/bench.py $(ARGS)

lab: $(READY)
	@$(BIN)/perfanalysis lab

pictures: $(READY)
	@$(BIN)/python docs/make_pictures.py

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-logo

setup: $(READY)

# The first Python that is new enough and can make environments. An environment that works is kept, a broken one made anew.
$(READY): requirements.lock pyproject.toml
	@if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  found=; \
	  for python in $(PYTHON) python3.13 python3.12 python3.11 python3; do \
	    if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$python; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "No Python 3.11 or newer with its venv module was found (tried: $(strip $(PYTHON) python3.13 python3.12 python3.11 python3))." >&2; \
	    echo "Install one (on Debian or Ubuntu: apt install python3 python3-venv), or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
	    exit 1; \
	  fi; \
	  echo "Setting up $(VENV) with $$($$found --version)"; \
	  rm -rf $(VENV); \
	  $$found -m venv $(VENV); \
	fi
	@echo "Installing the locked packages into $(VENV) (about 300 MB to fetch, once; some minutes)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

# For Python 3.11 and newer on Linux, macOS and Windows at once. This machine's own additional indexes must not leak into the lock.
lock: $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@env -u UV_INDEX -u UV_EXTRA_INDEX_URL -u UV_FIND_LINKS $(BIN)/uv --no-config pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --custom-compile-command "make lock" --upgrade --quiet --output-file requirements.lock

clean:
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
