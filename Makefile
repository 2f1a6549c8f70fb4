# Everything a developer or CI runs. Needs bash, make and Python 3.11 to 3.13; the rest is fetched by `make setup`.
# PYTHON=/path/to/python chooses the interpreter, ARGS="…" is passed on to the command that the target runs.

SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help setup demo run test check bench report web pages screenshots lock clean

SETUP := tools/setup.sh
PY := .venv/bin/python
NPM := $(PY) -m tools.npm --prefix web
WORKERS := --numprocesses=3 --dist=loadfile --no-loadscope-reorder

help:
	@echo 'make setup        .venv with the voltape command, dashboard built (the targets below do this first)'
	@echo 'make demo         simulated exchange and everything else, no network needed'
	@echo 'make run          voltape up: the live options market'
	@echo 'make test         every test: dashboard units, then pytest (ARGS="-k chain" narrows the latter)'
	@echo 'make check        format, lint, types, import rules, dashboard types'
	@echo 'make bench        benchmarks (ARGS="--help" lists them)'
	@echo 'make report       docs/benchmarks.md and its plots from the newest complete run'
	@echo 'make web          the dashboard only'
	@echo 'make pages        write the map of the code and the first figures anew'
	@echo 'make screenshots  take the pictures in docs/screenshots anew'
	@echo 'make lock         write requirements/*.lock anew (ARGS=--upgrade takes newer versions)'
	@echo 'make clean        remove what was made here'

setup:
	@$(SETUP) runtime

demo: setup
	@exec .venv/bin/voltape demo $(ARGS)

run: setup
	@exec .venv/bin/voltape up $(ARGS)

web:
	@$(SETUP) web

bench:
	@$(SETUP) dev
	@exec $(PY) -m benchmarks.run $(ARGS)

report:
	@$(SETUP) dev
	@exec $(PY) -m benchmarks.report $(ARGS)

# Whole programs mostly wait, hence more workers than cores; each reads the compiled tests that the others have written.
test:
	@$(SETUP) dev
	@tools/browser.sh
	@tools/checkers.sh
	@code=0; $(NPM) test || code=1; PYTHONDONTWRITEBYTECODE= $(PY) -m pytest $(WORKERS) $(ARGS) || code=1; exit $$code

check:
	@$(SETUP) dev
	@tools/check.sh

pages:
	@$(SETUP) dev
	@exec $(PY) -m tools.pages

screenshots:
	@$(SETUP) dev
	@tools/browser.sh
	@exec $(PY) -m tools.screenshots

lock:
	@$(SETUP) dev
	@tools/lock.sh $(ARGS)

clean:
	rm -rf .venv build dist src/voltape/web/static web/node_modules
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find src tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
