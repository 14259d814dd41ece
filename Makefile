# Needs make and Python 3.11 or later. Everything else is installed into VENV, which need not be
# active. `make demo` and `make test` are all that a new checkout needs.

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && exit; \
	done; echo python3)
VENV ?= .venv
BIN := $(VENV)/bin
# Installed once per pyproject.toml: without and with what developers need.
BASE := $(VENV)/.milpbft-installed
DEV := $(VENV)/.milpbft-installed-dev

JOBS ?= 2
PYTEST_ARGS ?=
BENCH_ARGS ?=

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test pages browser site test-slow lint format bench notebooks instances clean

help:
	@echo 'make demo       solve dbft2-n4-t5-p1, replay it, draw it'
	@echo 'make test       run the tests; make test-slow runs the proofs that take minutes'
	@echo 'make pages      run the commands of README and docs, and the notebooks'
	@echo 'make browser    open pages of runs in Chromium'
	@echo 'make site       build the documentation as a site in out/site'
	@echo 'make lint       ruff, mypy, import contracts; make format rewrites files'
	@echo 'make bench      benchmarks, e.g. BENCH_ARGS=--smoke'
	@echo 'make notebooks  execute the notebooks'
	@echo 'make instances  solve all instance files and write the tables in instances/README.md'
	@echo 'make clean      remove $(VENV), caches and out/'
	@echo 'Set PYTHON to choose an interpreter, VENV to choose the environment.'

demo: $(BASE)
	$(BIN)/milpbft solve dbft2-n4-t5-p1 --expect 1400 --out out/demo
	$(BIN)/milpbft replay out/demo/schedule.json

test: $(DEV)
	$(BIN)/pytest -n $(JOBS) --dist worksteal -m 'not slow and not browser' $(PYTEST_ARGS)

pages: $(DEV)
	$(BIN)/pytest -n $(JOBS) --dist worksteal tests/test_notebooks.py tests/test_docs.py $(PYTEST_ARGS)

browser: $(DEV)
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
		echo 'Needs Chromium; on Debian: apt-get install chromium' >&2; exit 1; }
	$(BIN)/pytest -m browser tests/report $(PYTEST_ARGS)

site: $(DEV)
	PYTHONPATH=. $(BIN)/mkdocs build

test-slow: $(DEV)
	$(BIN)/pytest -n $(JOBS) -m slow $(PYTEST_ARGS)

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BASE)
	$(BIN)/python -m benchmarks.run $(BENCH_ARGS)

notebooks: $(DEV)
	$(BIN)/jupyter execute --kernel_name=python3 notebooks/*.ipynb

instances: $(DEV)
	$(BIN)/milpbft check instances/published --workers $(JOBS) --table instances/README.md
	$(BIN)/milpbft check instances/strict --workers $(JOBS) --table instances/README.md
	$(BIN)/milpbft check instances/pbft --workers $(JOBS) --table instances/README.md
	$(BIN)/milpbft check instances/pov --workers $(JOBS) --table instances/README.md
	$(BIN)/milpbft check instances/hgfrr --workers $(JOBS) --table instances/README.md
	$(BIN)/milpbft check instances/powm --workers $(JOBS) --table instances/README.md
	$(BIN)/milpbft check instances/overlay --workers $(JOBS) --table instances/README.md

clean:
	rm -rf $(VENV) build dist out .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(BIN)/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo 'milpbft needs Python 3.11 or later; $(PYTHON) is not. Try: make PYTHON=python3.12' >&2; \
		exit 1; }
	@"$(PYTHON)" -m venv "$(VENV)" || { \
		echo 'No environment could be made in $(VENV). On Debian, install python3-venv.' >&2; \
		rm -rf "$(VENV)"; exit 1; }

$(BASE): pyproject.toml | $(BIN)/python
	@echo 'Installing into $(VENV), once; this takes a minute.'
	@$(BIN)/python -m pip install --quiet --editable .
	@$(BIN)/python .ci/slim.py
	@touch $@

$(DEV): pyproject.toml | $(BIN)/python
	@echo 'Installing into $(VENV), once; this takes a minute.'
	@$(BIN)/python -m pip install --quiet --editable '.[dev,docs,notebook]'
	@$(BIN)/python .ci/slim.py
	@touch $@ $(BASE)
