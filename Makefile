# plan . test . check . bench . docs . clean: CI calls these and nothing else. Needs only make and python3 >= 3.11.

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Workers and commands of the tests start by the hundred: compiled once, they start half a second earlier.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help plan test check bench docs clean

help:
	@echo "make plan    install Teraplan into .venv, plan the reference world, write the report"
	@echo "make test    install the test tools and run every test"
	@echo "make check   formatting, lint and types"
	@echo "make bench   run the benchmarks"
	@echo "make docs    write the documentation site into build/site"
	@echo "make clean   remove .venv, runs, caches and builds"

plan: .venv/plan.stamp
	@$(BIN)/teraplan frontier world --budget 2e12,4e12,7e12
	@$(BIN)/teraplan run world --scenario seven_trillion
	@echo "Next: . .venv/bin/activate, then teraplan --help"

test: .venv/test.stamp
	@POLARS_MAX_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal -q

check: .venv/test.stamp
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy --strict src

bench: .venv/bench.stamp
	@$(BIN)/python -m benchmarks.run

docs: .venv/docs.stamp
	@$(BIN)/python -m docs.generate build/docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build -q
	@echo "Site: build/site/index.html"

clean:
	rm -rf .venv runs build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/made.stamp:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Teraplan needs Python 3.11 or newer as $(PYTHON). Another one: make plan PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make virtual environments: its module ensurepip is missing." >&2; \
		  echo "On Debian and Ubuntu: apt-get install python3-venv. Then run make again." >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@touch $@

.venv/plan.stamp: .venv/made.stamp pyproject.toml constraints.txt
	@$(BIN)/python -m pip install -q -c constraints.txt -e .
	@touch $@

.venv/test.stamp: .venv/made.stamp pyproject.toml constraints.txt
	@$(BIN)/python -m pip install -q -c constraints.txt -e ".[test]"
	@touch $@ .venv/plan.stamp

.venv/bench.stamp: .venv/test.stamp
	@$(BIN)/python -m pip install -q -c constraints.txt -e ".[test,bench]"
	@touch $@

.venv/docs.stamp: .venv/made.stamp pyproject.toml constraints.txt
	@$(BIN)/python -m pip install -q -c constraints.txt -e ".[docs]"
	@touch $@ .venv/plan.stamp
