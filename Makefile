# make run    install what is needed into .venv, start everything, print the address
# make test   all checks and all tests
# make torch  PyTorch in .venv-torch, for the one test that runs it
# make help   the rest

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
# Passed on: make run ARGS="--no-demo", make test ARGS="-k licence"
ARGS ?=
# Processes that tests run in, each with services of its own. With 0, one that a debugger can stop.
TESTS_AT_ONCE ?= 2

SHELL := /bin/sh
BIN := .venv/bin
# One stamp for each state of the requirements, written when pip has finished: an installation that
# was cut short is begun anew, an unchanged one costs nothing.
RUN_STAMP := .venv/.stamp-run-$(shell cat requirements.txt constraints.txt | cksum | cut -d' ' -f1)
DEV_STAMP := .venv/.stamp-dev-$(shell cat requirements.txt requirements-dev.txt constraints.txt | cksum | cut -d' ' -f1)
TORCH_STAMP := .venv-torch/.stamp-$(shell cksum < requirements-torch.txt | cut -d' ' -f1)
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet
VASCULUM_CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome || true)
export VASCULUM_CHROMIUM

.PHONY: run test lint format types migrations unit audit faults venv venv-dev torch bench fuzz demo-scale guide-pictures clean help
.DEFAULT_GOAL := help

run: $(RUN_STAMP)
	@exec $(BIN)/python manage.py up --host $(HOST) --port $(PORT) --with-parent $(ARGS)

test: lint types migrations unit

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV_STAMP)
	$(BIN)/mypy

migrations: $(DEV_STAMP)
	$(BIN)/python manage.py makemigrations --check --dry-run

unit: $(DEV_STAMP)
	$(BIN)/python -m pytest -n $(TESTS_AT_ONCE) --dist loadfile $(ARGS)

# All benchmarks one after the other, and their table in docs/benchmarks.md: small for trying, full for hours.
SCALE ?= small
bench: $(DEV_STAMP)
	$(BIN)/python -m benchmarks --scale $(SCALE) $(ARGS)

# Random input to every parser, and to the API through its views, on a database of its own.
CASES ?= 50000
fuzz: $(DEV_STAMP)
	$(BIN)/python -m tests.fuzz --cases $(CASES) $(ARGS)

# A project of drawn metadata at full size, in the database of var/, for trying the pages.
N ?= 208896
demo-scale: $(RUN_STAMP)
	$(BIN)/python manage.py up --prepare --no-demo
	$(BIN)/python manage.py demo_scale --pictures $(N) $(ARGS)

# The pictures of the guide for curators, taken in Chromium from drawn pictures.
guide-pictures: $(DEV_STAMP)
	$(BIN)/python -m tests.browser.guide_pictures $(ARGS)

# What is left out of the tests above: each service killed by itself, in the middle of all work.
faults: $(DEV_STAMP)
	$(BIN)/python -m pytest tests/faults -m faults $(ARGS)

# pip-audit has an environment of its own: its packages are not among those it looks at.
audit: $(DEV_STAMP)
	@[ -x .venv-audit/bin/pip-audit ] || { $(PYTHON) -m venv .venv-audit && \
	  .venv-audit/bin/python -m pip --disable-pip-version-check --no-input install --quiet pip-audit==2.10.1; } || \
	  echo "pip-audit could not be installed" >&2
	@$(BIN)/python -m tests.security.audit --write

format: $(DEV_STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

venv: $(RUN_STAMP)
venv-dev: $(DEV_STAMP)
torch: $(TORCH_STAMP)

# A virtual environment that was never finished, or whose Python is gone, is made anew.
define make_venv
	@if [ -e .venv/.unfinished ] || ! $(BIN)/python -c '' 2>/dev/null; then \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "Vasculum needs Python 3.11 or newer, and $(PYTHON) is `$(PYTHON) -V 2>/dev/null || echo not there`: make run PYTHON=/path/to/python3.11" >&2; \
	    exit 1; }; \
	  echo "Making the virtual environment .venv"; \
	  mkdir -p .venv && : > .venv/.unfinished && $(PYTHON) -m venv --clear .venv && : > .venv/.unfinished; \
	fi
endef

$(RUN_STAMP): requirements.txt constraints.txt
	$(make_venv)
	@echo "Installing requirements.txt (a few minutes the first time)"
	@$(PIP) -r requirements.txt -c constraints.txt
	@rm -f .venv/.stamp-run-* .venv/.unfinished && : > $@

$(DEV_STAMP): requirements.txt requirements-dev.txt constraints.txt
	$(make_venv)
	@echo "Installing requirements-dev.txt (a few minutes the first time)"
	@$(PIP) -r requirements-dev.txt -c constraints.txt
	@rm -f .venv/.stamp-dev-* .venv/.stamp-run-* .venv/.unfinished && : > $@ && : > $(RUN_STAMP)

# Not in requirements-dev.txt: PyTorch may be gigabytes. The tests use it where it is.
$(TORCH_STAMP): requirements-torch.txt
	@echo "Installing requirements-torch.txt into .venv-torch"
	@rm -rf .venv-torch && $(PYTHON) -m venv .venv-torch
	@.venv-torch/bin/python -m pip --disable-pip-version-check --no-input install --quiet -r requirements-torch.txt
	@: > $@

# Data in var/ stays: remove it by hand, with everything stopped.
clean:
	rm -rf .venv .venv-torch .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

help:
	@echo "make run [PORT=8000] [HOST=127.0.0.1] [ARGS=--no-demo]   start everything; Ctrl-C stops it"
	@echo "make test [ARGS='-k words']                              all checks and tests"
	@echo "make lint | types | migrations | unit                    one part of the checks"
	@echo "make faults                                              the long tests of services that are killed"
	@echo "make audit                                               secrets, licences and known holes; writes docs/dependencies.md"
	@echo "make format | venv | venv-dev | clean"
	@echo "make bench [SCALE=full] | fuzz [CASES=50000]             all benchmarks; random input to every parser"
	@echo "make demo-scale [N=208896] | guide-pictures              a database of full size; the pictures of the guide"
	@echo "make torch                                               PyTorch in .venv-torch, for the test that runs it"
	@echo "PYTHON=/path/to/python3.11 picks the Python of the virtual environment"
